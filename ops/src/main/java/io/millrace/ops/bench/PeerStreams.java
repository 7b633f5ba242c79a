package io.millrace.ops.bench;

import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;

/** How the Kafka Streams programs that Millrace is measured against are run: as Millrace, where that is a choice. */
final class PeerStreams {
    private static final int COMMIT_INTERVAL_MS = 100;
    private static final int PRODUCER_BATCH_BYTES = 128 << 10;

    private PeerStreams() {}

    /** The topic that an application writes to. */
    static String output(String applicationId) {
        return applicationId + "-output";
    }

    /**
     * Runs a topology until the process is told to end.
     *
     * @param arguments the application's id, brokers, the folder for state
     */
    static void run(Topology topology, String[] arguments) {
        run(topology, arguments, 1);
    }

    /** Runs a topology likewise, with so many threads. */
    static void run(Topology topology, String[] arguments, int threads) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments[0]);
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[1]);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, arguments[2]);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_INTERVAL_MS);
        properties.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), PRODUCER_BATCH_BYTES);
        KafkaStreams streams = new KafkaStreams(topology, properties);
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close, "bench-shutdown"));
        streams.start();
    }
}
