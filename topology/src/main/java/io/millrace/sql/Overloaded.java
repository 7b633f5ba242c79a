package io.millrace.sql;

import io.millrace.catalog.SqlType;
import java.util.List;
import java.util.Optional;

/** A call's operator that is PostgreSQL's, not Calcite's. */
public sealed interface Overloaded
        permits PostgresFunction, TableFunction, PostgresInfix, PostgresPrefix, FrameFunction {
    /**
     * The overload that takes those arguments.
     *
     * @param arguments their types; null for one of unknown type, a quoted constant or NULL
     */
    Optional<Signature> signature(List<SqlType> arguments);
}
