package io.millrace.schemas;

import io.millrace.schemas.ConnectDataReader.Fields;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;

/**
 * A struct of which {@link AvroConverter} has the bytes, which are known to fit its schema. It is a struct like any other: whoever asks
 * for a field by Connect's methods gets its value, and all are read then. Who knows it reads one field alone, or takes its bytes as
 * they are, and pays for nothing else. Several threads may read it; whoever puts a value is alone with it, as with any struct.
 */
public final class EncodedStruct extends Struct {
    private final Fields fields;
    private final byte[] bytes;
    /** Where each field begins, and where the last one ends. */
    private final int[] starts;

    /** Set when all values are there. */
    private volatile boolean isRead;

    EncodedStruct(Fields fields, byte[] bytes, int[] starts) {
        super(fields.schema());
        this.fields = fields;
        this.bytes = bytes;
        this.starts = starts;
    }

    /** Whether nobody has asked for its fields by Connect's methods, who may have changed some since. */
    public boolean isEncoded() {
        return !isRead;
    }

    /** The value of a field of this struct's schema, without its default; a struct's again is encoded. */
    public Object read(Field field) {
        return fields.each()[field.index()].read(bytes, starts[field.index()]);
    }

    /** The bytes that the fields are in, and others; not to be changed. */
    public byte[] bytes() {
        return bytes;
    }

    /** Where a field begins in the bytes, with the mark of whether it is NULL. */
    public int start(Field field) {
        return starts[field.index()];
    }

    /** Where a field ends in the bytes. */
    public int end(Field field) {
        return starts[field.index() + 1];
    }

    /** Where the content of a field begins in the bytes, as Avro writes values of its type; -1 for NULL. */
    public int content(Field field) {
        return fields.each()[field.index()].content(bytes, starts[field.index()]);
    }

    /** The number that begins there, be it a value or the length of one. */
    public long number(int from) {
        return ConnectDataReader.number(bytes, from);
    }

    /** Of how many bytes that number is. */
    public int numberLength(int from) {
        return ConnectDataReader.numberLength(bytes, from);
    }

    private void readAll() {
        if (!isRead) {
            readAllOnce();
        }
    }

    private synchronized void readAllOnce() {
        if (!isRead) {
            for (Field field : fields.schema().fields()) {
                Object value = read(field);
                // It has no values at first, and each that is put is looked at once more.
                if (value != null) {
                    super.put(field, value);
                }
            }
            isRead = true;
        }
    }

    @Override
    public Object get(String fieldName) {
        readAll();
        return super.get(fieldName);
    }

    @Override
    public Object get(Field field) {
        readAll();
        return super.get(field);
    }

    @Override
    public Object getWithoutDefault(String fieldName) {
        readAll();
        return super.getWithoutDefault(fieldName);
    }

    @Override
    public Byte getInt8(String fieldName) {
        readAll();
        return super.getInt8(fieldName);
    }

    @Override
    public Short getInt16(String fieldName) {
        readAll();
        return super.getInt16(fieldName);
    }

    @Override
    public Integer getInt32(String fieldName) {
        readAll();
        return super.getInt32(fieldName);
    }

    @Override
    public Long getInt64(String fieldName) {
        readAll();
        return super.getInt64(fieldName);
    }

    @Override
    public Float getFloat32(String fieldName) {
        readAll();
        return super.getFloat32(fieldName);
    }

    @Override
    public Double getFloat64(String fieldName) {
        readAll();
        return super.getFloat64(fieldName);
    }

    @Override
    public Boolean getBoolean(String fieldName) {
        readAll();
        return super.getBoolean(fieldName);
    }

    @Override
    public String getString(String fieldName) {
        readAll();
        return super.getString(fieldName);
    }

    @Override
    public byte[] getBytes(String fieldName) {
        readAll();
        return super.getBytes(fieldName);
    }

    @Override
    public <T> List<T> getArray(String fieldName) {
        readAll();
        return super.getArray(fieldName);
    }

    @Override
    public <K, V> Map<K, V> getMap(String fieldName) {
        readAll();
        return super.getMap(fieldName);
    }

    @Override
    public Struct getStruct(String fieldName) {
        readAll();
        return super.getStruct(fieldName);
    }

    @Override
    public Struct put(Field field, Object value) {
        readAll();
        return super.put(field, value);
    }

    /**
     * Each value was looked at when it was put, and would be again for every struct around this one: a tenth of what a sink's
     * records cost.
     */
    @Override
    public void validate() {}

    /** A struct that is not encoded does not see this one's values: ask this one. */
    @Override
    public boolean equals(Object other) {
        readAll();
        if (other instanceof EncodedStruct encoded) {
            encoded.readAll();
        }
        return super.equals(other);
    }

    @Override
    public int hashCode() {
        readAll();
        return super.hashCode();
    }

    @Override
    public String toString() {
        readAll();
        return super.toString();
    }
}
