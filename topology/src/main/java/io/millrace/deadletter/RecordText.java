package io.millrace.deadletter;

import io.millrace.runtime.source.SchemaLookup;
import io.millrace.schemas.ChangeEvents;
import io.millrace.schemas.RegistryException;
import io.millrace.schemas.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;

/** Keys and values as a person reads them: Avro as JSON, text as it is, anything else in hexadecimal. */
public final class RecordText {
    private final SchemaLookup schemas;
    private final Map<Integer, Schema> known = new HashMap<>();
    /** That the registry did not answer; null while it does. */
    private RegistryException unanswered;

    public RecordText(SchemaLookup schemas) {
        this.schemas = schemas;
    }

    /** The text; empty for null. */
    public String of(byte[] bytes) {
        if (bytes == null) {
            return "";
        }
        return avro(bytes)
                .map(Object::toString)
                .or(() -> utf8(bytes))
                .orElseGet(() -> "0x" + HexFormat.of().formatHex(bytes));
    }

    /** A text that anybody may have written, without what a terminal would obey. */
    public static String harmless(String text) {
        return text.codePoints()
                .map(c -> Character.isISOControl(c) && c != '\n' && c != '\t' ? '\ufffd' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** Whether a key is meant by a text: by its own, or by the values of its columns, separated by commas. */
    public boolean isKey(byte[] key, String text) {
        return text.equals(of(key))
                || (key != null
                        && avro(key).map(RecordText::columns).map(text::equals).orElse(false));
    }

    /**
     * Whether a value is the deletion of a row: none at all, or a change event that says so. Empty where it cannot be read.
     *
     * @throws RegistryException if the registry does not answer
     */
    Optional<Boolean> isDeletion(byte[] value) {
        if (value == null) {
            return Optional.of(true);
        }
        Optional<Object> read = avro(value);
        if (read.isEmpty() && unanswered != null && WireFormat.matches(value)) {
            throw unanswered;
        }
        return read.map(event -> event instanceof GenericRecord change
                && change.hasField("op")
                && "d".equals(String.valueOf(change.get("op"))));
    }

    private static String columns(Object key) {
        return key instanceof GenericRecord record
                ? record.getSchema().getFields().stream()
                        .filter(field -> !field.name().equals(ChangeEvents.SHARD_FIELD))
                        .map(field -> String.valueOf(record.get(field.pos())))
                        .collect(Collectors.joining(","))
                : String.valueOf(key);
    }

    private Optional<Object> avro(byte[] bytes) {
        Schema schema = WireFormat.matches(bytes) ? schema(WireFormat.schemaId(bytes)) : null;
        if (schema == null) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(new GenericDatumReader<>(schema)
                    .read(
                            null,
                            DecoderFactory.get()
                                    .binaryDecoder(
                                            bytes,
                                            WireFormat.HEADER_BYTES,
                                            bytes.length - WireFormat.HEADER_BYTES,
                                            null)));
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    /** The schema of that id; null where it cannot be had. A registry that does not answer is not asked again. */
    private Schema schema(int id) {
        if (known.containsKey(id) || unanswered != null) {
            return known.get(id);
        }
        try {
            known.put(id, schemas.byId(id));
        } catch (RegistryException e) {
            unanswered = e;
        }
        return known.get(id);
    }

    private static Optional<String> utf8(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            boolean readable =
                    text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t');
            return readable ? Optional.of(text) : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
