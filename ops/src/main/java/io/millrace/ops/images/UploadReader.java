package io.millrace.ops.images;

import io.millrace.catalog.Table;
import io.millrace.row.SourceChange;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.source.SourceDecoder;
import io.millrace.runtime.source.SourceRecordError;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.sink.SinkRecord;

/** Reads the records of the queue. Used by one thread. */
final class UploadReader {
    private final SourceDecoder decoder;

    /** Of the table {@code uploads}. */
    UploadReader(Table uploads, SchemaLookup schemas) {
        int[] columns = {uploads.columnIndex("upload_id"), uploads.columnIndex("object")};
        this.decoder = SourceDecoder.of(uploads, columns, schemas);
    }

    /** What is to be done for a record. @throws io.millrace.schemas.RegistryException if the registry does not answer */
    Job read(ConsumerRecord<byte[], byte[]> record) {
        SinkRecord raw = raw(record);
        try {
            SourceChange change = decoder.decode(
                    record.key(), record.value(), record.partition(), record.offset(), record.timestamp());
            return new Job(raw, upload(change), null);
        } catch (SourceRecordError e) {
            return new Job(raw, Optional.empty(), e);
        }
    }

    /** What Connect would hand over that does not convert keys and values. */
    private static SinkRecord raw(ConsumerRecord<byte[], byte[]> record) {
        ConnectHeaders headers = new ConnectHeaders();
        record.headers().forEach(header -> headers.addBytes(header.key(), header.value()));
        return new SinkRecord(
                record.topic(),
                record.partition(),
                null,
                record.key(),
                null,
                record.value(),
                record.offset(),
                record.timestamp(),
                record.timestampType(),
                headers);
    }

    /** The upload; empty if it was deleted. What is reported of it goes with it, in the database. */
    private static Optional<Upload> upload(SourceChange change) {
        if (change == null || change.deletion()) {
            return Optional.empty();
        }
        return Optional.of(new Upload(
                (Long) change.row().get(0),
                (String) change.row().get(1),
                change.origin().shard()));
    }
}
