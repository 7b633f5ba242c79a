package io.millrace.ops.bench;

import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.Topology;

/** The limit: copies topics' records as they are, exactly-once, without any state. */
final class CopyApplication {
    private CopyApplication() {}

    /**
     * Runs until the process is ended.
     *
     * @param arguments as {@link PeerStreams} takes them, then the topics, with commas between, and the number of threads
     */
    public static void main(String[] arguments) {
        Topology topology = new Topology();
        topology.addSource("read", new ByteArrayDeserializer(), new ByteArrayDeserializer(), arguments[3].split(","));
        topology.addSink(
                "write",
                PeerStreams.output(arguments[0]),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                "read");
        PeerStreams.run(topology, arguments, Integer.parseInt(arguments[4]));
    }
}
