package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.schemas.Invalidation.TargetKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

class CdnContractsTest {
    @Test
    void anInvalidationComesBackFromAvro() throws IOException {
        Invalidation full = new Invalidation(
                "photos",
                "photo_pages",
                TargetKind.URL,
                "/u/ann",
                true,
                "update of username",
                3,
                "shard1",
                77L,
                5L,
                9L,
                11L,
                3600);
        Invalidation bare = new Invalidation(
                "photos", "", TargetKind.TAG, "user/42", false, "asked for", 1, null, null, null, null, 11L, null);

        assertThat(Invalidation.of(through(Invalidation.SCHEMA, full.toAvro()))).isEqualTo(full);
        assertThat(Invalidation.of(through(Invalidation.SCHEMA, bare.toAvro()))).isEqualTo(bare);
        assertThat(bare.key()).isEqualTo("tag:user/42");
        assertThat(full.key()).isEqualTo("url:/u/ann");
    }

    @Test
    void aPurgeComesBackFromAvro() throws IOException {
        Purge refused = new Purge(
                "edge",
                "varnish",
                "photos",
                "photo_pages",
                TargetKind.TAG,
                "user/42",
                1,
                17L,
                Purge.Outcome.REFUSED,
                null,
                3,
                5L,
                12L,
                "403 Forbidden");
        Purge purged = new Purge(
                "edge",
                "varnish",
                "photos",
                "photo_pages",
                TargetKind.TAG,
                "user/42",
                1,
                17L,
                Purge.Outcome.PURGED,
                4L,
                1,
                null,
                12L,
                null);

        assertThat(Purge.of(through(Purge.SCHEMA, refused.toAvro()))).isEqualTo(refused);
        assertThat(Purge.of(through(Purge.SCHEMA, purged.toAvro()))).isEqualTo(purged);
    }

    private static GenericRecord through(Schema schema, GenericRecord record) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
        encoder.flush();
        return new GenericDatumReader<GenericRecord>(schema)
                .read(null, DecoderFactory.get().binaryDecoder(out.toByteArray(), null));
    }
}
