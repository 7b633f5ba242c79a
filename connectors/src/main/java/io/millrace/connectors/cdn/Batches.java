package io.millrace.connectors.cdn;

import io.millrace.connectors.cdn.Limits.Together;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * Cuts purges into requests of one way each, in which a target is once for all the records that name it. What has failed is
 * cut as it was, so that a request that is made again is the same. Used by one thread.
 */
final class Batches {
    /** Targets are put together once each lane has more than so many requests to make. */
    private static final int REQUESTS_PER_LANE = 4;

    /** So many offsets make a neighbourhood: of what a restart reads anew, only what is at the edges of its reads is cut otherwise. */
    private static final int NEIGHBOURS = 100;

    private final Function<Way, Limits> limits;
    private final int lanes;

    Batches(Function<Way, Limits> limits, int lanes) {
        this.limits = limits;
        this.lanes = lanes;
    }

    /** A request that purges were in before. */
    static final class Request {}

    private record Seconds(Way way) {}

    private record Neighbourhood(Way way, TopicPartition partition, long number, boolean again) {}

    /** The requests, in the order of their first purges. */
    List<List<Purging>> cut(List<Purging> due) {
        List<List<Purging>> requests = new ArrayList<>();
        Map<Request, List<Purging>> before = new LinkedHashMap<>();
        Map<String, List<Purging>> byTarget = new LinkedHashMap<>();
        List<Purging> rejected = new ArrayList<>();
        for (Purging purging : due) {
            if (purging.request() != null) {
                before.computeIfAbsent(purging.request(), request -> open(requests))
                        .add(purging);
            } else if (purging.rejection() == null) {
                byTarget.computeIfAbsent(purging.key(), key -> new ArrayList<>())
                        .add(purging);
            } else {
                rejected.add(purging);
            }
        }
        if (!rejected.isEmpty()) {
            requests.add(rejected);
        }
        cut(byTarget, requests);
        requests.stream().filter(request -> request.get(0).request() == null).forEach(request -> {
            Request made = new Request();
            request.forEach(purging -> purging.in(made));
        });
        return requests;
    }

    private static List<Purging> open(List<List<Purging>> requests) {
        List<Purging> request = new ArrayList<>();
        requests.add(request);
        return request;
    }

    private void cut(Map<String, List<Purging>> byTarget, List<List<Purging>> requests) {
        int whole = byTarget.size();
        int firsts =
                (int) byTarget.values().stream().filter(each -> !isAgain(each)).count();
        boolean mass = whole > lanes * REQUESTS_PER_LANE;
        Map<Object, Open> open = new HashMap<>();
        for (List<Purging> ofTarget : byTarget.values()) {
            Purging last = ofTarget.get(ofTarget.size() - 1);
            Limits limit = limits.apply(last.way());
            int most = limit.targets();
            Object place = last.way();
            if (limit.areSecondsApart() && isAgain(ofTarget)) {
                // Nobody waits for them, nor asks how much each of them has removed.
                place = new Seconds(last.way());
            } else if (limit.together() == Together.OF_A_MASS) {
                int share = (firsts + lanes * REQUESTS_PER_LANE - 1) / (lanes * REQUESTS_PER_LANE);
                most = Math.max(1, Math.min(most, share));
            } else if (limit.together() == Together.NEIGHBOURS) {
                most = mass ? most : 1;
                place = new Neighbourhood(
                        last.way(), last.position().partition(), last.position().offset() / NEIGHBOURS, last.isAgain());
            }
            int bytes = last.target().getBytes(StandardCharsets.UTF_8).length + 1;
            Open request = open.get(place);
            if (request == null || !request.takes(bytes)) {
                request = new Open(most, limit.bytes(), open(requests));
                open.put(place, request);
            }
            request.add(ofTarget, bytes);
        }
    }

    private static boolean isAgain(List<Purging> ofTarget) {
        return ofTarget.stream().allMatch(Purging::isAgain);
    }

    /** A request that may grow. */
    private static final class Open {
        private final int most;
        private final int mostBytes;
        private final List<Purging> purgings;
        private int targets;
        private int bytes;

        Open(int most, int mostBytes, List<Purging> purgings) {
            this.most = most;
            this.mostBytes = mostBytes;
            this.purgings = purgings;
        }

        boolean takes(int more) {
            return targets < most && bytes + more <= mostBytes;
        }

        void add(List<Purging> ofTarget, int more) {
            purgings.addAll(ofTarget);
            targets++;
            bytes += more;
        }
    }
}
