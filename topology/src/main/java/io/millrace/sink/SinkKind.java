package io.millrace.sink;

import io.millrace.cdn.CdnSink;
import io.millrace.sql.Sink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the {@code type} of a sink may say. */
public sealed interface SinkKind permits SinkType, SinkKind.Caches {

    /** What {@code type} says. */
    String name();

    /**
     * Caches, which are told by one topic of all such sinks what they have to forget. Such a sink is no connector of Kafka Connect of
     * its own; its options are {@link io.millrace.cdn.CdnOption}'s.
     */
    record Caches(String name) implements SinkKind {}

    /** Sinks that caches follow. */
    Caches CDN = new Caches(CdnSink.TYPE);

    /** Every kind. */
    static List<SinkKind> all() {
        List<SinkKind> all = new ArrayList<>(SinkType.ALL);
        all.add(CDN);
        return List.copyOf(all);
    }

    /** The kind of that name. */
    static Optional<SinkKind> named(String name) {
        return all().stream().filter(kind -> kind.name().equals(name)).findFirst();
    }

    /** Those of the sinks that become connectors of their own. */
    static List<Sink> withConnector(List<Sink> sinks) {
        return sinks.stream()
                .filter(sink -> SinkType.named(sink.type()).isPresent())
                .toList();
    }
}
