package io.millrace.ops.stack;

import java.nio.file.Path;

/**
 * How a development stack is put together.
 *
 * @param database the logical database: table topics are {@code <database>.<table>}
 * @param shards how many PostgreSQL shards
 * @param tablesSql the text of tables.sql
 * @param initSql what is run on each shard after its tables exist; null for nothing
 * @param directory where all data is kept
 * @param keep whether the data outlives the stack
 * @param partitions the partitions of every table's topic
 * @param basePort the broker takes this port, the registry and Connect the next two; 0 takes free ones
 */
public record StackOptions(
        String database,
        int shards,
        String tablesSql,
        String initSql,
        Path directory,
        boolean keep,
        int partitions,
        int basePort) {}
