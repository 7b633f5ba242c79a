package io.millrace.connectors.replica;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.delivery.UniformSinkConnector;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Keeps tables of PostgreSQL, MariaDB and MySQL equal to captured tables and to views, one table a topic. docs/replicas.md
 * says how; {@link ReplicaSinkConfig} has the properties.
 */
public final class ReplicaSinkConnector extends UniformSinkConnector {
    @Override
    protected void begin(Map<String, String> given) {
        new ReplicaSinkConfig(given);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return ReplicaSinkTask.class;
    }

    @Override
    public ConfigDef config() {
        return ReplicaSinkConfig.DEFINITION;
    }

    /** Beyond each property by itself: several topics need several tables. */
    @Override
    public Config validate(Map<String, String> given) {
        Config validated = super.validate(given);
        boolean one = given.get(TOPICS_CONFIG) != null
                && Arrays.stream(given.get(TOPICS_CONFIG).split(",", -1))
                                .filter(topic -> !topic.isBlank()
                                        && !topic.strip().equals(given.get(DeliveryConfig.REPLAY_TOPIC)))
                                .count()
                        == 1;
        for (ConfigValue value : validated.configValues()) {
            if (value.name().equals(ReplicaSinkConfig.TABLE_NAME)
                    && value.value() instanceof String name
                    && !name.contains(ReplicaSinkConfig.TABLE_PLACEHOLDER)
                    && !one) {
                value.addErrorMessage("several topics cannot share the table " + name + ": write "
                        + ReplicaSinkConfig.TABLE_PLACEHOLDER
                        + " for the last part of the topic's name, or name one topic");
            }
        }
        return validated;
    }

    /**
     * Sets where partitions go on, in the target database, which is what counts: so Connect's PATCH and DELETE of a sink's
     * offsets have their effect.
     */
    @Override
    public boolean alterOffsets(Map<String, String> given, Map<TopicPartition, Long> offsets) {
        ReplicaSinkConfig config = new ReplicaSinkConfig(given);
        try (TargetConnection target = new TargetConnection(config)) {
            Connection connection = target.get();
            Offsets stored = Dialect.of(config).offsets(config.name());
            // First, as in MySQL such a statement commits what was before it.
            stored.createTable(connection);
            Dialect.of(config).memory(config.name(), "").createTable(connection);
            Map<TopicPartition, Long> altered = new HashMap<>(offsets);
            // Who begins anew goes on after the replays that there were: they are older than what it is to have, and a
            // row may have been deleted since.
            altered.entrySet()
                    .removeIf(each -> each.getValue() == null
                            && each.getKey().topic().equals(config.getString(DeliveryConfig.REPLAY_TOPIC)));
            stored.alter(connection, altered);
            // Who begins anew has an empty table: what was remembered of its rows is of another time.
            Set<String> anew = new HashSet<>();
            offsets.forEach((partition, offset) -> {
                if (offset == null) {
                    anew.add(partition.topic());
                }
            });
            for (String topic : anew) {
                Dialect.of(config).memory(config.name(), topic).forgetAll(connection);
            }
            connection.commit();
            return true;
        } catch (SQLException e) {
            throw new ConnectException("the offsets in the target database could not be set: " + e.getMessage(), e);
        }
    }
}
