package io.millrace.runtime.source;

import io.millrace.row.ByteReader;
import io.millrace.runtime.source.SourceRecordError.Reason;
import io.millrace.schemas.WireFormat;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * What was compiled for each writer's schema seen so far, by the id at a record's front. Not thread-safe.
 *
 * @param <T> what a schema is compiled into
 */
final class CompiledSchemas<T> {
    private final SchemaLookup schemas;
    private final Compiler<T> compiler;
    private final Map<Integer, T> compiled = new HashMap<>();
    private int lastId = -1;
    private T last;

    /** Makes a reader of a writer's schema. */
    interface Compiler<T> {
        T compile(Schema writer) throws SourceRecordError;
    }

    CompiledSchemas(SchemaLookup schemas, Compiler<T> compiler) {
        this.schemas = schemas;
        this.compiler = compiler;
    }

    /** Reads the header; returns what was compiled for its schema. */
    T readHeader(ByteReader in) throws SourceRecordError {
        if (in.remaining() < WireFormat.HEADER_BYTES || in.readByte() != WireFormat.MAGIC) {
            throw new SourceRecordError(
                    Reason.MALFORMED,
                    "not in the schema registry's wire format: no zero byte and schema id at its front");
        }
        int id = in.readInt();
        if (id == lastId) {
            return last;
        }
        T known = compiled.get(id);
        if (known == null) {
            Schema schema = schemas.byId(id);
            if (schema == null) {
                throw new SourceRecordError(Reason.UNKNOWN_SCHEMA, "the schema registry knows no schema of id " + id);
            }
            known = compiler.compile(schema);
            compiled.put(id, known);
        }
        lastId = id;
        last = known;
        return known;
    }
}
