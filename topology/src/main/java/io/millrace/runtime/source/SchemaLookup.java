package io.millrace.runtime.source;

import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.RegistryException;
import org.apache.avro.Schema;

/** Where writers' schemas come from: the schema registry. */
public interface SchemaLookup {
    /** HTTP's status for an id that is not there. */
    int NOT_FOUND = 404;

    /** The registry client's status for a schema in another language than Avro. */
    int NOT_AVRO = 422;

    /**
     * The schema of that id; null when the registry knows none in Avro. A registry that cannot be reached is an exception, which
     * is no fault of the record: the record is to be read again.
     */
    Schema byId(int id);

    /** The lookup in a schema registry. */
    static SchemaLookup of(RegistryClient registry) {
        return id -> {
            try {
                return registry.schema(id);
            } catch (RegistryException e) {
                if (e.status() == NOT_FOUND || e.status() == NOT_AVRO) {
                    return null;
                }
                throw e;
            }
        };
    }
}
