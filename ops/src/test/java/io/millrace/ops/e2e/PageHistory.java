package io.millrace.ops.e2e;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.avro.generic.GenericRecord;

/**
 * All versions of all rows of a view, from its topic, each with when it was committed in its shard; and by them the proof that what
 * readers saw was not older than it may be.
 */
final class PageHistory {
    private static final List<String> OF_PAGE =
            List.of("caption", "location", "posted_at", "user_id", "username", "full_name", "verified");
    private static final List<String> OF_PHOTO = List.of("caption", "location", "posted_at");
    private static final List<String> OF_COUNTS = List.of("likes", "comments");

    private final Map<Long, List<Version>> versions = new TreeMap<>();
    /** By tag, how many changes of rows have to be told of it. */
    private final Map<String, Long> expected = new HashMap<>();

    private final List<Outage> outages = new ArrayList<>();

    /** A row's version; columns are null where there is no row. */
    record Version(String shard, long position, long committedMicros, Map<String, String> columns) {}

    /** A time in which something was down by the test's own doing, so that nothing could be purged. */
    private record Outage(long fromMicros, long toMicros) {}

    /** Where a row is shown. */
    enum Place {
        /** On its page, but for the counts. */
        PAGE,
        /** In the fragment of its page. */
        COUNTS,
        /** In the list of its user's. */
        LIST
    }

    /**
     * What a reader saw of a row.
     *
     * @param photo the row
     * @param user whose list it is; null for other places
     * @param startedMicros when the reader began to ask
     * @param text what was shown; null for no row
     * @param position shard and position as the answer has it; null where it does not say
     */
    record Seen(long photo, Place place, String user, long startedMicros, String text, String position) {
        /** What a version of the row looks like there; null where it is not shown. */
        String text(Map<String, String> columns) {
            if (columns == null) {
                return null;
            }
            return switch (place) {
                case PAGE -> columns.get("caption") + "|" + columns.get("full_name");
                case COUNTS -> columns.get("likes") + "|" + columns.get("comments");
                case LIST -> columns.get("username").equals(user) ? columns.get("caption") : null;
            };
        }
    }

    void outage(long fromMicros, long toMicros) {
        outages.add(new Outage(fromMicros, toMicros));
    }

    /** Takes a record of the view's topic. */
    void changed(GenericRecord change) {
        Map<String, String> before = columns(change.get("before"));
        Map<String, String> after = columns(change.get("after"));
        GenericRecord source = (GenericRecord) change.get("source");
        long photo = Long.parseLong((after == null ? before : after).get("photo_id"));
        versions.computeIfAbsent(photo, any -> new ArrayList<>())
                .add(new Version(
                        source.get("shard").toString(), (Long) source.get("lsn"), (Long) source.get("ts_us"), after));
        if (before == null || after == null) {
            Map<String, String> row = before == null ? after : before;
            List.of("photo/" + photo, "user/" + row.get("user_id"), "name/" + row.get("username"), "counts/" + photo)
                    .forEach(this::expect);
            return;
        }
        if (!equal(before, after, OF_PAGE)) {
            expect(equal(before, after, OF_PHOTO) ? "user/" + after.get("user_id") : "photo/" + photo);
        }
        if (!equal(before, after, OF_COUNTS)) {
            expect("counts/" + photo);
        }
    }

    private void expect(String tag) {
        expected.merge(tag, 1L, Long::sum);
    }

    private static boolean equal(Map<String, String> before, Map<String, String> after, List<String> names) {
        return names.stream().allMatch(name -> Objects.equals(before.get(name), after.get(name)));
    }

    private static Map<String, String> columns(Object row) {
        if (!(row instanceof GenericRecord record)) {
            return null;
        }
        Map<String, String> columns = new LinkedHashMap<>();
        record.getSchema()
                .getFields()
                .forEach(field -> columns.put(
                        field.name(),
                        record.get(field.pos()) == null
                                ? null
                                : record.get(field.pos()).toString()));
        return columns;
    }

    /** By tag, how many changes of rows have to be told of it by now. */
    Map<String, Long> expected() {
        return expected;
    }

    /** The rows that were ever in a user's list. */
    List<Long> everOf(String user) {
        return versions.entrySet().stream()
                .filter(each -> each.getValue().stream()
                        .anyMatch(version -> version.columns != null
                                && version.columns.get("username").equals(user)))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The rows that are there now, and the last version of each. */
    Map<Long, Map<String, String>> rows() {
        Map<Long, Map<String, String>> rows = new TreeMap<>();
        versions.forEach((photo, all) -> {
            Map<String, String> last = all.get(all.size() - 1).columns;
            if (last != null) {
                rows.put(photo, last);
            }
        });
        return rows;
    }

    /**
     * Why what a reader saw is older than it may be, or was never there; empty if it is right.
     *
     * @param boundMicros how long after a change's commit its old page may be shown
     */
    Optional<String> mistake(Seen seen, long boundMicros) {
        List<String> texts = new ArrayList<>();
        List<Version> all = versions.getOrDefault(seen.photo, List.of());
        all.forEach(each -> texts.add(seen.text(each.columns)));
        for (int shown = all.size() - 1; shown >= -1; shown--) {
            boolean same = Objects.equals(seen.text, shown < 0 ? null : texts.get(shown))
                    && (seen.position == null || shown >= 0 && isAt(all.get(shown), seen.position));
            // What follows and looks the same needs no purge.
            int next = shown + 1;
            while (same && next < all.size() && Objects.equals(texts.get(next), seen.text)) {
                next++;
            }
            if (same) {
                long until =
                        next == all.size() ? Long.MAX_VALUE : allowedUntil(all.get(next).committedMicros, boundMicros);
                return until >= seen.startedMicros
                        ? Optional.empty()
                        : Optional.of(
                                seen + " was shown " + (seen.startedMicros - all.get(next).committedMicros) / 1_000
                                        + " ms after the commit of " + all.get(next));
            }
        }
        return Optional.of(seen + " was never so: " + all);
    }

    private static boolean isAt(Version version, String position) {
        return position.equals(version.shard + " " + version.position);
    }

    private long allowedUntil(long committedMicros, long boundMicros) {
        long until = committedMicros + boundMicros;
        for (Outage outage : outages) {
            if (outage.fromMicros <= until && outage.toMicros >= committedMicros) {
                until = Math.max(until, outage.toMicros + boundMicros);
            }
        }
        return until;
    }
}
