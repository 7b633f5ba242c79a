package io.millrace.connectors.cdn;

import io.millrace.schemas.Invalidation.TargetKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Cuts purges into requests of one kind each, in which a target is once for all the records that name it. What has failed is
 * cut as it was, so that a request that is made again is the same. Used by one thread.
 */
final class Batches {
    /** A cache that counts objects is asked for single targets as long as each lane has no more than so many requests to make. */
    private static final int REQUESTS_PER_LANE = 4;

    private final Function<TargetKind, Limits> limits;
    private final int lanes;
    private List<List<Purging>> before = List.of();

    Batches(Function<TargetKind, Limits> limits, int lanes) {
        this.limits = limits;
        this.lanes = lanes;
    }

    /** The requests, in the order of their first purges. */
    List<List<Purging>> cut(List<Purging> due) {
        Set<Purging> left = new LinkedHashSet<>(due);
        List<List<Purging>> requests = new ArrayList<>();
        for (List<Purging> request : before) {
            List<Purging> again = request.stream().filter(left::remove).toList();
            if (!again.isEmpty()) {
                requests.add(again);
            }
        }
        cut(left, requests);
        before = requests;
        return requests;
    }

    private void cut(Set<Purging> purgings, List<List<Purging>> requests) {
        Map<String, List<Purging>> byTarget = new LinkedHashMap<>();
        List<Purging> rejected = new ArrayList<>();
        for (Purging purging : purgings) {
            if (purging.rejection() == null) {
                byTarget.computeIfAbsent(purging.key(), key -> new ArrayList<>())
                        .add(purging);
            } else {
                rejected.add(purging);
            }
        }
        if (!rejected.isEmpty()) {
            requests.add(rejected);
        }
        int whole = byTarget.size();
        Map<TargetKind, Open> open = new EnumMap<>(TargetKind.class);
        for (List<Purging> ofTarget : byTarget.values()) {
            Purging one = ofTarget.get(0);
            int bytes = one.target().getBytes(StandardCharsets.UTF_8).length + 1;
            Open request = open.get(one.kind());
            if (request == null || !request.takes(bytes)) {
                request = new Open(limits.apply(one.kind()), whole, lanes);
                open.put(one.kind(), request);
                requests.add(request.purgings);
            }
            request.add(ofTarget, bytes);
        }
    }

    /** A request that may grow. */
    private static final class Open {
        private final List<Purging> purgings = new ArrayList<>();
        private final int most;
        private final int mostBytes;
        private int targets;
        private int bytes;

        Open(Limits limits, int waiting, int lanes) {
            int share = (waiting + lanes * REQUESTS_PER_LANE - 1) / (lanes * REQUESTS_PER_LANE);
            this.most = limits.grows() ? Math.max(1, Math.min(limits.targets(), share)) : limits.targets();
            this.mostBytes = limits.bytes();
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
