package io.millrace.grammar;

import org.apache.calcite.rel.type.RelDataType;

/** A type factory that knows PostgreSQL's types by name. */
public interface PostgresTypes {
    /** The type that was written so; null when there is none of that name. */
    RelDataType typeOf(PostgresTypeNameSpec written);
}
