package io.millrace.serve;

import io.millrace.catalog.UserError;

/**
 * Where a change feed stands: by partition of the view's topic the offset that comes next. Its text is the id of an event,
 * the offsets separated by dots, so that any instance can go on after any event.
 */
final class FeedPosition {
    private FeedPosition() {}

    static String write(long[] offsets) {
        StringBuilder out = new StringBuilder(offsets.length * 8);
        for (int i = 0; i < offsets.length; i++) {
            out.append(i == 0 ? "" : ".").append(offsets[i]);
        }
        return out.toString();
    }

    /** @throws UserError if it is not an id of an event of a view with so many partitions */
    static long[] parse(String id, int partitions) {
        String[] parts = id.split("\\.", -1);
        long[] offsets = new long[parts.length];
        boolean valid = parts.length == partitions;
        for (int i = 0; valid && i < parts.length; i++) {
            valid = parts[i].matches("\\d{1,18}");
            offsets[i] = valid ? Long.parseLong(parts[i]) : 0;
        }
        if (!valid) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "Last-Event-ID is " + id + ", which is not the id of an event of this view",
                    "begin again without it");
        }
        return offsets;
    }
}
