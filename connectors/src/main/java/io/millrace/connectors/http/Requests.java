package io.millrace.connectors.http;

import io.millrace.connectors.delivery.RecordPosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Cuts messages into requests of one partition each. What was cut once is cut at the same places until all of it is delivered, so
 * that a request that is made again has the idempotency key that it had.
 */
final class Requests {
    private final int most;
    private final Set<RecordPosition> cuts = new HashSet<>();

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
                    || message.parked()
                    || request.get(0).parked()
                    || cuts.contains(message.position())) {
                request = new ArrayList<>();
                requests.add(request);
                last.put(message.position().partition(), request);
            }
            request.add(message);
        }
        requests.forEach(request -> cuts.add(request.get(0).position()));
        return requests;
    }

    /** All of it is delivered. */
    void delivered() {
        cuts.clear();
    }
}
