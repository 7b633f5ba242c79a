package io.millrace.ops.slt;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What maintains the views of one test file: the operators in this process, or a pipeline that reads a real change stream. The
 * runner knows no difference.
 */
sealed interface Engine extends AutoCloseable permits InProcess, OnStack {
    /** Makes the engine of a file. */
    @FunctionalInterface
    interface Maker {
        /**
         * An engine for that database, which holds what is declared.
         *
         * @param unsupported is told of what the engine had to leave out and went on without
         */
        Engine make(TestDatabase database, Declared declared, Consumer<UserError> unsupported) throws SQLException;
    }

    /**
     * Maintains a view from now on.
     *
     * @param sql its CREATE VIEW
     * @param place where that stands
     * @throws UserError when the engine does not maintain it; it is then known as refused
     */
    void define(String name, String sql, SourcePlace place);

    /** Takes over what there is after a statement that may have made or dropped something. */
    void follow(Declared now) throws SQLException;

    /** Gets ready for a statement that comes next. */
    void before(SqlStatement.Kind next) throws SQLException;

    /** Has all views that were made maintained, with the rows that their tables hold. */
    void deploy() throws SQLException;

    /** Takes changes that were committed, all of tables as they are declared now. */
    void apply(List<RowChange> changes);

    /** The names of the views that are maintained, in the order in which they were made. */
    List<String> views();

    /** The names of the views that are not maintained. */
    Set<String> refused();

    /** Whether anything changed since the last call. */
    boolean takeChanged();

    /**
     * A deployed view's rows once all that was committed is in them, values as PostgreSQL writes them and null for NULL, in no
     * order.
     */
    List<List<String>> rows(String view) throws SQLException;

    /** Stops what runs for this file alone. */
    @Override
    void close();
}
