package io.millrace.connectors.replica;

import java.util.List;

/** The columns that a replica of a captured table has beside the table's own: which change a row holds. */
final class Metadata {
    /** The shard that the row comes from. */
    static final String SHARD = "__shard";

    /** Where the row's last change stands in the shard's log, see {@link io.millrace.schemas.ChangePosition}. */
    static final String POSITION = "__position";

    /** When the source committed that change. */
    static final String COMMITTED_AT = "__committed_at";

    static final List<String> NAMES = List.of(SHARD, POSITION, COMMITTED_AT);

    /** Their types, in the order of their names. */
    static final List<String> TYPES = List.of("text", "bigint", "timestamp with time zone");

    private Metadata() {}
}
