package io.millrace.connectors.http;

import io.millrace.connectors.delivery.RecordPosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/**
 * Cuts messages into requests of one partition each. What was cut once is cut at the same places until all of it is delivered, so
 * that a request that is made again has the idempotency key that it had.
 */
final class Requests {
    private final int most;
    private final Map<TopicPartition, TreeSet<Long>> cuts = new HashMap<>();

    Requests(int most) {
        this.most = most;
    }

    /** The requests, in the order of their first messages. */
    List<List<Message>> cut(List<Message> messages) {
        List<List<Message>> requests = new ArrayList<>();
        Map<TopicPartition, List<Message>> last = new HashMap<>();
        for (Message message : messages) {
            List<Message> request = last.get(message.position().partition());
            if (request == null
                    || request.size() == most
                    || message.standsAlone()
                    || request.get(0).standsAlone()
                    || isCut(
                            request.get(request.size() - 1).position(),
                            message.position().offset())) {
                request = new ArrayList<>();
                requests.add(request);
                last.put(message.position().partition(), request);
            }
            request.add(message);
        }
        for (List<Message> request : requests) {
            RecordPosition first = request.get(0).position();
            cuts.computeIfAbsent(first.partition(), partition -> new TreeSet<>())
                    .add(first.offset());
        }
        return requests;
    }

    /** Whether a request began behind one message and not behind another, though what it began with may be delivered. */
    private boolean isCut(RecordPosition behind, long upTo) {
        TreeSet<Long> offsets = cuts.get(behind.partition());
        Long next = offsets == null ? null : offsets.higher(behind.offset());
        return next != null && next <= upTo;
    }

    /** All of it is delivered. */
    void delivered() {
        cuts.clear();
    }
}
