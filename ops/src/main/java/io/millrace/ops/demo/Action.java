package io.millrace.ops.demo;

import java.util.List;

/**
 * One thing that happens: statements on shards, in order, or an event.
 *
 * @param statements what is run, each on its shard
 * @param event a JSON object for the clicks topic, or null
 */
public record Action(List<ShardStatement> statements, String event) {
    public Action {
        statements = List.copyOf(statements);
    }

    /**
     * A statement for one shard.
     *
     * @param shard from 0
     * @param sql with ? for parameters
     * @param parameters in order, of types that JDBC sets as they are
     */
    public record ShardStatement(int shard, String sql, List<Object> parameters) {
        public ShardStatement {
            parameters = List.copyOf(parameters);
        }
    }

    static Action of(ShardStatement... statements) {
        return new Action(List.of(statements), null);
    }

    static Action event(String json) {
        return new Action(List.of(), json);
    }
}
