package io.millrace.scaling.policy;

import io.millrace.catalog.Interval;
import io.millrace.catalog.IntervalText;
import io.millrace.catalog.InvalidInterval;
import io.millrace.catalog.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * A mapping of a YAML file, whose values are asked for by their keys. A wrong value becomes a mistake with its place, and the
 * value that there would be without it; keys that nobody asked for are warned of in the end.
 */
final class YamlMapping {
    private static final double MILLIS_PER_SECOND = 1000;
    private static final long MILLIS_PER_DAY = 86_400_000;
    private static final long MICROS_PER_MILLI = 1000;

    /** What other autoscalers call what we call otherwise. */
    private static final Map<String, String> FOREIGN_NAMES = Map.ofEntries(
            Map.entry("minReplicas", "minInstances"),
            Map.entry("maxReplicas", "maxInstances"),
            Map.entry("minSize", "minInstances"),
            Map.entry("maxSize", "maxInstances"),
            Map.entry("minCapacity", "minInstances"),
            Map.entry("maxCapacity", "maxInstances"),
            Map.entry("minReplicaCount", "minInstances"),
            Map.entry("maxReplicaCount", "maxInstances"),
            Map.entry("instanceWarmup", "warmup"),
            Map.entry("estimatedInstanceWarmup", "warmup"),
            Map.entry("cooldownPeriod", "cooldown"),
            Map.entry("treatMissingData", "missingData"),
            Map.entry("desiredReplicas", "prescale"),
            Map.entry("recurrence", "cron"),
            Map.entry("duration", "for"),
            Map.entry("schedule", "cron"));

    private final Node node;
    private final String what;
    private final Mistakes mistakes;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Node> keys = new LinkedHashMap<>();
    private final Set<String> known = new LinkedHashSet<>();

    /**
     * A node as a mapping; a mistake where it is none.
     *
     * @param what what it describes, for messages
     */
    YamlMapping(Node node, String what, Mistakes mistakes) {
        this.node = node;
        this.what = what;
        this.mistakes = mistakes;
        if (!(node instanceof MappingNode mapping)) {
            mistakes.error(node, what + " must be a mapping, that is lines of \"name: value\"", null);
            return;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            Node key = tuple.getKeyNode();
            String name = key instanceof ScalarNode scalar ? scalar.getValue() : "?";
            if (keys.put(name, key) != null) {
                mistakes.error(key, name + " is given twice in " + what, "remove one of them");
            }
            values.put(name, tuple.getValueNode());
        }
    }

    Node node() {
        return node;
    }

    /** Where a value is; the mapping itself where it is not given. */
    Node at(String key) {
        return values.getOrDefault(key, node);
    }

    boolean has(String key) {
        known.add(key);
        return values.containsKey(key);
    }

    /** Every name and value, for mappings whose names are the user's. */
    Map<String, Node> entries() {
        known.addAll(values.keySet());
        return values;
    }

    Node keyNode(String key) {
        return keys.get(key);
    }

    private Optional<Node> value(String key) {
        known.add(key);
        Node value = values.get(key);
        boolean nothing = value instanceof ScalarNode scalar
                && scalar.isPlain()
                && scalar.getValue().isEmpty();
        return nothing ? Optional.empty() : Optional.ofNullable(value);
    }

    void error(String key, String message, String hint) {
        mistakes.error(at(key), message, hint);
    }

    /** A mistake for a key that must be there. */
    void require(String key, String hint) {
        if (value(key).isEmpty()) {
            mistakes.error(node, what + " needs " + key, hint);
        }
    }

    Optional<String> text(String key) {
        return value(key).flatMap(value -> {
            if (value instanceof ScalarNode scalar) {
                return Optional.of(scalar.getValue());
            }
            mistakes.error(value, key + " must be a single value", null);
            return Optional.empty();
        });
    }

    OptionalDouble number(String key, double least, double most) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return OptionalDouble.empty();
        }
        try {
            double number = Double.parseDouble(text.get().replace("_", ""));
            if (number >= least && number <= most) {
                return OptionalDouble.of(number);
            }
        } catch (NumberFormatException e) {
            // The mistake is told of below, with what would be right.
        }
        mistakes.error(at(key), key + " is '" + text.get() + "', not a number " + range(least, most), null);
        return OptionalDouble.empty();
    }

    private static String range(double least, double most) {
        return most >= Integer.MAX_VALUE ? "from " + plain(least) : "from " + plain(least) + " to " + plain(most);
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
    }

    double number(String key, double otherwise, double least, double most) {
        return number(key, least, most).orElse(otherwise);
    }

    OptionalInt count(String key, int least, int most) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            int number = Integer.parseInt(text.get().replace("_", ""));
            if (number >= least && number <= most) {
                return OptionalInt.of(number);
            }
        } catch (NumberFormatException e) {
            // The mistake is told of below, with what would be right.
        }
        mistakes.error(at(key), key + " is '" + text.get() + "', not a whole number " + range(least, most), null);
        return OptionalInt.empty();
    }

    int count(String key, int otherwise, int least, int most) {
        return count(key, least, most).orElse(otherwise);
    }

    boolean flag(String key, boolean otherwise) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return otherwise;
        }
        switch (text.get().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on":
                return true;
            case "false", "no", "off":
                return false;
            default:
                mistakes.error(at(key), key + " is '" + text.get() + "', not true or false", null);
                return otherwise;
        }
    }

    /** A time: a number of seconds, or one with its unit, as 90s, 10m, 48h, 7 days. */
    OptionalLong duration(String key, long leastMs) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        OptionalLong millis = millis(text.get());
        if (millis.isEmpty() || millis.getAsLong() < leastMs) {
            String least = leastMs > 0 ? " of at least " + leastMs / MILLIS_PER_SECOND + " s" : "";
            mistakes.error(
                    at(key),
                    key + " is '" + text.get() + "', not a time" + least,
                    "write seconds, or a number with its unit: 90, 90s, 10m, 48h, 7 days");
            return OptionalLong.empty();
        }
        return millis;
    }

    private static OptionalLong millis(String text) {
        try {
            if (text.matches("\\d{1,12}(\\.\\d+)?")) {
                return OptionalLong.of(Math.round(Double.parseDouble(text) * MILLIS_PER_SECOND));
            }
            Interval interval = IntervalText.parse(text);
            if (interval.months() != 0 || interval.isInfinite()) {
                return OptionalLong.empty();
            }
            return OptionalLong.of(interval.days() * MILLIS_PER_DAY + interval.micros() / MICROS_PER_MILLI);
        } catch (InvalidInterval e) {
            return OptionalLong.empty();
        }
    }

    long durationMs(String key, long otherwiseMs, long leastMs) {
        return duration(key, leastMs).orElse(otherwiseMs);
    }

    /** One of an enumeration's names, written in any case and with or without its underscores. */
    <E extends Enum<E>> Optional<E> choice(String key, Class<E> type, String written) {
        return text(key).flatMap(text -> {
            String name = text.replaceAll("[_ -]", "");
            Optional<E> found = Stream.of(type.getEnumConstants())
                    .filter(constant -> constant.name().replace("_", "").equalsIgnoreCase(name))
                    .findFirst();
            if (found.isEmpty()) {
                mistakes.error(at(key), key + " is '" + text + "', not one of " + written, null);
            }
            return found;
        });
    }

    Optional<YamlMapping> mapping(String key, String description) {
        return value(key).map(value -> new YamlMapping(value, description, mistakes));
    }

    /** A list of mappings; a single one counts as a list of it. */
    List<YamlMapping> mappings(String key, String description) {
        return nodes(key).stream()
                .map(element -> new YamlMapping(element, description, mistakes))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** A list's elements; a single one counts as a list of it. */
    List<Node> nodes(String key) {
        return value(key)
                .map(value -> value instanceof SequenceNode sequence ? sequence.getValue() : List.of(value))
                .orElse(List.of());
    }

    /** The numbers of a list. */
    List<Double> numbers(String key) {
        List<Double> numbers = new ArrayList<>();
        for (Node element : nodes(key)) {
            try {
                numbers.add(Double.valueOf(element instanceof ScalarNode scalar ? scalar.getValue() : "?"));
            } catch (NumberFormatException e) {
                mistakes.error(element, "this must be a number", null);
                return List.of();
            }
        }
        return numbers;
    }

    /** Warns of keys that nobody asked for, with the name that was probably meant. */
    void warnOfUnknown() {
        for (Map.Entry<String, Node> entry : keys.entrySet()) {
            String key = entry.getKey();
            if (!known.contains(key)) {
                String foreign = FOREIGN_NAMES.get(key);
                String hint = foreign != null && known.contains(foreign)
                        ? "it is called " + foreign + " here"
                        : known.isEmpty() ? null : "did you mean " + Nearest.to(key, known) + "?";
                mistakes.warning(entry.getValue(), "unknown key " + key + " in " + what + "; it is ignored", hint);
            }
        }
    }
}
