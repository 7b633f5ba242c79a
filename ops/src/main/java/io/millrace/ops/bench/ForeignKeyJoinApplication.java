package io.millrace.ops.bench;

import io.millrace.schemas.GenericAvroDeserializer;
import io.millrace.schemas.RegistryClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Function;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The peer: photos joined with their owners by the Streams DSL's foreign-key join, as its users write it, with lean keys and
 * values so that the join and not the serialization is measured.
 */
final class ForeignKeyJoinApplication {
    private static final Serde<Long> ID = Serdes.Long();

    private ForeignKeyJoinApplication() {}

    private record Photo(long userId, String caption) {
        static final Serde<Photo> SERDE = serde(
                (photo, out) -> {
                    out.writeLong(photo.userId);
                    out.writeUTF(photo.caption);
                },
                in -> new Photo(in.readLong(), in.readUTF()));

        static Photo of(GenericRecord row) {
            return new Photo((Long) row.get("user_id"), row.get("caption").toString());
        }
    }

    private record User(String username, String fullName, boolean verified) {
        static final Serde<User> SERDE = serde(
                (user, out) -> {
                    out.writeUTF(user.username);
                    out.writeUTF(user.fullName);
                    out.writeBoolean(user.verified);
                },
                in -> new User(in.readUTF(), in.readUTF(), in.readBoolean()));

        static User of(GenericRecord row) {
            return new User(
                    row.get("username").toString(), row.get("full_name").toString(), (Boolean) row.get("verified"));
        }
    }

    private record OwnedPhoto(Photo photo, User user) {
        static final Serde<OwnedPhoto> SERDE = serde(
                (owned, out) -> {
                    out.writeLong(owned.photo.userId);
                    out.writeUTF(owned.photo.caption);
                    out.writeUTF(owned.user.username);
                    out.writeUTF(owned.user.fullName);
                    out.writeBoolean(owned.user.verified);
                },
                in -> new OwnedPhoto(
                        new Photo(in.readLong(), in.readUTF()),
                        new User(in.readUTF(), in.readUTF(), in.readBoolean())));
    }

    /** Writes a value's fields. */
    private interface FieldWriter<T> {
        void write(T value, DataOutputStream out) throws IOException;
    }

    /** Reads a value's fields. */
    private interface FieldReader<T> {
        T read(DataInputStream in) throws IOException;
    }

    /**
     * Runs until the process is ended.
     *
     * @param arguments as {@link PeerStreams} takes them, then the registry's address
     */
    public static void main(String[] arguments) {
        Map<String, String> registry = Map.of(RegistryClient.URL, arguments[3]);
        StreamsBuilder builder = new StreamsBuilder();
        KTable<Long, Photo> photos = table(builder, PhotosData.PHOTOS, "photo_id", Photo::of, Photo.SERDE, registry);
        KTable<Long, User> users = table(builder, PhotosData.USERS, "user_id", User::of, User.SERDE, registry);
        photos.join(users, Photo::userId, OwnedPhoto::new, Materialized.with(ID, OwnedPhoto.SERDE))
                .toStream()
                .to(PeerStreams.output(arguments[0]), Produced.with(ID, OwnedPhoto.SERDE));
        PeerStreams.run(builder.build(), arguments);
    }

    private static <T> KTable<Long, T> table(
            StreamsBuilder builder,
            String topic,
            String key,
            Function<GenericRecord, T> row,
            Serde<T> stored,
            Map<String, String> registry) {
        Serde<Long> ids = read(registry, true, record -> (Long) record.get(key));
        Serde<T> rows = read(registry, false, envelope -> {
            Object after = envelope.get("after");
            return after == null ? null : row.apply((GenericRecord) after);
        });
        return builder.stream(topic, Consumed.with(ids, rows)).toTable(Materialized.with(ID, stored));
    }

    private static <T> Serde<T> read(
            Map<String, String> registry, boolean isKey, Function<GenericRecord, T> translation) {
        GenericAvroDeserializer<GenericRecord> avro = new GenericAvroDeserializer<>();
        avro.configure(registry, isKey);
        Deserializer<T> deserializer = (topic, data) -> {
            GenericRecord record = avro.deserialize(topic, data);
            return record == null ? null : translation.apply(record);
        };
        return Serdes.serdeFrom(refusing(), deserializer);
    }

    private static <T> Serializer<T> refusing() {
        return (topic, value) -> {
            throw new UnsupportedOperationException("tables' topics are only read");
        };
    }

    private static <T> Serde<T> serde(FieldWriter<T> writer, FieldReader<T> reader) {
        return Serdes.serdeFrom(
                (topic, value) -> value == null ? null : bytes(value, writer),
                (topic, data) -> data == null ? null : value(data, reader));
    }

    private static <T> byte[] bytes(T value, FieldWriter<T> writer) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(96);
            writer.write(value, new DataOutputStream(bytes));
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T value(byte[] data, FieldReader<T> reader) {
        try {
            return reader.read(new DataInputStream(new ByteArrayInputStream(data)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
