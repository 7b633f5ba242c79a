package io.millrace.connectors.replica;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a column of the target takes every value of a source type unchanged. */
final class TypeFit {
    private static final Pattern TYPE =
            Pattern.compile("(.*?)(?:\\((\\d+)(?:,(\\d+))?\\))?( with(?:out)? time zone)?((?:\\[])*)");
    private static final List<String> TEXTS = List.of("text", "character varying");
    private static final Map<String, List<String>> WIDER = Map.of(
            "smallint", List.of("integer", "bigint"),
            "integer", List.of("bigint"));
    private static final int MICROSECONDS = 6;

    private TypeFit() {}

    /** A type as format_type prints it, in its parts; numbers are -1 where there are none. */
    private record Parts(String base, int first, int second, boolean array) {
        static Parts of(String type) {
            Matcher matcher = TYPE.matcher(type);
            if (!matcher.matches()) {
                return new Parts(type, -1, -1, false);
            }
            String zone = matcher.group(4) == null ? "" : matcher.group(4);
            return new Parts(
                    matcher.group(1) + zone,
                    matcher.group(2) == null ? -1 : Integer.parseInt(matcher.group(2)),
                    matcher.group(3) == null ? -1 : Integer.parseInt(matcher.group(3)),
                    !matcher.group(5).isEmpty());
        }

        boolean isUnlimitedText() {
            return !array && first < 0 && TEXTS.contains(base);
        }

        /** Whether values would be rounded silently. */
        boolean rounds() {
            boolean time = base.startsWith("time") || base.equals("interval");
            return first >= 0 && (base.equals("numeric") || (time && first < MICROSECONDS));
        }
    }

    /** Whether the target's column, of a type as {@code format_type} prints it, takes the source's values. */
    static boolean fits(String target, ColumnType source) {
        Parts to = Parts.of(target);
        Parts from = Parts.of(source.sql());
        if (to.isUnlimitedText()) {
            return true;
        }
        if (!source.declared()) {
            return !to.rounds();
        }
        if (to.array() != from.array()) {
            return false;
        }
        return sameBase(to, from)
                || WIDER.getOrDefault(from.base(), List.of()).contains(to.base())
                || (to.base().equals("numeric") && to.first() < 0 && from.base().matches("smallint|integer|bigint"));
    }

    private static boolean sameBase(Parts to, Parts from) {
        if (!plain(to.base()).equals(plain(from.base()))) {
            return false;
        }
        if (to.array()) {
            // An array's schema does not tell its elements' length.
            return to.first() < 0;
        }
        return switch (to.base()) {
            case "character varying" -> to.first() < 0 || (from.first() >= 0 && to.first() >= from.first());
            case "numeric" -> to.first() < 0 || takesDigits(to, from);
            case "character", "bpchar" -> to.first() == from.first();
            default -> !to.rounds();
        };
    }

    private static boolean takesDigits(Parts to, Parts from) {
        return from.first() >= 0
                && to.second() >= from.second()
                && to.first() - to.second() >= from.first() - from.second();
    }

    /** The name without its schema and quotes. */
    private static String plain(String name) {
        return name.substring(name.lastIndexOf('.') + 1).replace("\"", "");
    }
}
