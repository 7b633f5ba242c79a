package io.millrace.scaling.policy;

/** Where a metric is asked for, beside those that others write to the topic. */
public sealed interface MetricSource {
    /** Whose metric it is. */
    String service();

    /** The metric's name. */
    String name();

    /** How often it is asked for. */
    long intervalMs();

    /**
     * A query of Prometheus.
     *
     * @param url the server's address
     * @param query in PromQL; an instant vector or a scalar
     * @param instanceLabel the label that says which instance a value is of; a series without it is of the service as a whole
     */
    record Prometheus(String service, String name, long intervalMs, String url, String query, String instanceLabel)
            implements MetricSource {}

    /**
     * Rows of a view, as a pipeline serves them.
     *
     * @param url the pipeline's address
     * @param view the view, with a key behind it where one row is meant
     * @param value the column of the value
     * @param instance the column that says which instance a row is of; empty for none, then there must be one row
     */
    record View(String service, String name, long intervalMs, String url, String view, String value, String instance)
            implements MetricSource {}

    /**
     * How many records a consumer group of Kafka has not read yet.
     *
     * @param group the group
     * @param topic of this topic alone; empty for all that the group reads
     */
    record ConsumerLag(String service, String name, long intervalMs, String group, String topic)
            implements MetricSource {}
}
