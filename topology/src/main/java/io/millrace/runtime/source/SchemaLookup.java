package io.millrace.runtime.source;

import org.apache.avro.Schema;

/** Where writers' schemas come from: the schema registry. */
public interface SchemaLookup {
    /**
     * The schema of that id; null when the registry knows none. A registry that cannot be reached is an exception, which
     * is no fault of the record: the record is to be read again.
     */
    Schema byId(int id);
}
