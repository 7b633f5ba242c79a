package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** What target databases differ in. */
sealed interface Dialect permits PostgresDialect, MySqlDialect {
    /** The one that an address is of. */
    static Dialect of(ReplicaSinkConfig config) {
        return config.getString(ReplicaSinkConfig.URL).startsWith(PostgresDialect.PREFIX)
                ? new PostgresDialect()
                : new MySqlDialect();
    }

    /** Opens a connection that does not commit by itself, with the session's settings that values are written for. */
    Connection open(ReplicaSinkConfig config) throws SQLException;

    /** What a failure means for the records that met it. */
    FailureKind kindOf(SQLException failure);

    /** The failure, for those who deliver. */
    default DeliveryFailure failure(SQLException failure) {
        return new DeliveryFailure(kindOf(failure), failure.getMessage(), failure);
    }

    /** Whether there is a faster way to write rows of which none is there. */
    boolean copies();

    Offsets offsets(String sink);

    Memory memory(String sink, String topic);

    Table table(ReplicaSinkConfig config, String topic);

    /** The statements for the columns that a table has now. */
    Rows rows(Table table, List<String> keyNames, boolean sharded);
}
