package io.millrace.catalog;

import io.millrace.connectors.SecretReference;
import io.millrace.connectors.cdn.CdnPurgeSinkConnector;
import io.millrace.connectors.cdn.FollowedTargets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * A cache that a pipeline keeps in step, as {@code cdn.cache.<name>.*} describes it. Immutable.
 *
 * @param name its name
 * @param properties its connector's properties, by their own names, those of all sinks ({@code sinks.*}) among them
 */
public record CacheConfig(String name, Map<String, String> properties) {
    /** What the properties of caches begin with, a cache's name and a dot being next. */
    public static final String PREFIX = "cdn.cache.";

    /** What a cache may be called. */
    static final String NAME = "[A-Za-z0-9][A-Za-z0-9-]{0,49}";

    /** What stands in place of a secret that must not be there, so that nothing else is said of it. */
    private static final String REFERENCE = "${env:SECRET}";

    private static final CdnPurgeSinkConnector CONNECTOR = new CdnPurgeSinkConnector();
    private static final Map<String, ConfigDef.ConfigKey> KEYS =
            CONNECTOR.config().configKeys();

    /** What a user may give besides, of Connect. */
    private static final String TASKS = "tasks.max";

    /** What the pipeline itself gives. */
    private static final Set<String> OURS = Set.of(
            CdnPurgeSinkConnector.CACHE,
            CdnPurgeSinkConnector.APPLICATION,
            CdnPurgeSinkConnector.PURGES_TOPIC,
            CdnPurgeSinkConnector.PURGES_SERVERS,
            "replay.topic");

    /** By what they say the pipeline decides which URLs it tells of. */
    private static final List<String> DECIDING = List.of(CdnPurgeSinkConnector.BY, CdnPurgeSinkConnector.WARM);

    /** How properties begin whose rest is for the user to name. */
    private static final List<String> FAMILIES =
            List.of(CdnPurgeSinkConnector.HEADER_PREFIX, CdnPurgeSinkConnector.PURGES_CLIENT_PREFIX);

    public CacheConfig {
        properties = Map.copyOf(properties);
    }

    /** What kind of cache it is. */
    public String provider() {
        return properties.getOrDefault(CdnPurgeSinkConnector.PROVIDER, "");
    }

    /** Which invalidations are for it. */
    public FollowedTargets targets() {
        return FollowedTargets.of(properties);
    }

    /**
     * Reads caches; what is wrong with them is added to the errors.
     *
     * @param names those that the pipeline has
     * @param given all its properties
     * @param place where each property stands
     */
    static List<CacheConfig> read(
            List<String> names,
            Map<String, String> given,
            Function<String, SourcePlace> place,
            List<UserError> errors) {
        List<CacheConfig> caches = new ArrayList<>();
        Map<String, String> ofAllSinks = new TreeMap<>();
        given.forEach((property, value) -> {
            if (property.startsWith(PipelineConfig.SINKS)) {
                ofAllSinks.put(property.substring(PipelineConfig.SINKS.length()), value);
            }
        });
        Reader reader = new Reader(ofAllSinks, place, errors);
        for (String name : names) {
            String prefix = PREFIX + name + ".";
            Map<String, String> own = new TreeMap<>();
            given.forEach((property, value) -> {
                if (property.startsWith(prefix)) {
                    own.put(property, value);
                }
            });
            caches.add(reader.cache(name, prefix, own));
        }
        given.keySet().stream()
                .filter(property -> property.startsWith(PREFIX))
                .filter(property -> names.stream().noneMatch(name -> property.startsWith(PREFIX + name + ".")))
                .forEach(property -> reader.stranger(property, names));
        return List.copyOf(caches);
    }

    /** What reads them, with what all sinks have, and where properties stand. */
    private record Reader(Map<String, String> ofAllSinks, Function<String, SourcePlace> place, List<UserError> errors) {
        CacheConfig cache(String name, String prefix, Map<String, String> own) {
            Map<String, String> properties = new LinkedHashMap<>(ofAllSinks);
            own.forEach((property, value) -> {
                Optional<String> meant = property(property.substring(prefix.length()));
                if (meant.isEmpty()) {
                    unknown(property, prefix);
                } else {
                    properties.put(meant.get(), holdsNoSecret(property, meant.get(), value) ? value : REFERENCE);
                }
            });
            if (!own.containsKey(prefix + "provider")) {
                SourcePlace at = place.apply(
                        own.isEmpty() ? "cdn.caches" : own.keySet().iterator().next());
                add(
                        at,
                        "cache " + name + " does not say its provider",
                        "add " + prefix + "provider, one of " + providers());
            } else if (!CdnPurgeSinkConnector.PROVIDERS.contains(own.get(prefix + "provider"))) {
                String written = own.get(prefix + "provider");
                add(
                        place.apply(prefix + "provider"),
                        "there is no provider " + written,
                        "did you mean " + Nearest.to(written, CdnPurgeSinkConnector.PROVIDERS) + "? there are "
                                + providers());
            } else {
                check(prefix, properties, own);
            }
            return new CacheConfig(name, properties);
        }

        private static String providers() {
            return String.join(", ", CdnPurgeSinkConnector.PROVIDERS);
        }

        /** What the connector says, with the names that its properties have here. */
        private void check(String prefix, Map<String, String> properties, Map<String, String> own) {
            Map<String, String> mistakes = new TreeMap<>(CdnPurgeSinkConnector.mistakesTogether(properties));
            Map<String, String> whole = new TreeMap<>(properties);
            whole.put(SinkConnector.TOPICS_CONFIG, "one");
            // What a reference stands for only the worker knows.
            whole.values().removeIf(SecretReference::isIn);
            CONNECTOR.config().validate(whole).stream()
                    .filter(value -> whole.containsKey(value.name())
                            && !value.errorMessages().isEmpty())
                    .forEach(value -> mistakes.putIfAbsent(
                            value.name(), value.errorMessages().get(0)));
            DECIDING.stream()
                    .filter(property -> SecretReference.isIn(properties.getOrDefault(property, "")))
                    .forEach(property -> mistakes.put(
                            property,
                            property
                                    + " is a reference, which only Kafka Connect looks up, and the pipeline has to know it,"
                                    + " too: write its value"));
            if (!properties.getOrDefault(TASKS, "1").matches("[1-9]\\d{0,2}")) {
                mistakes.put(TASKS, TASKS + " is no number from 1 to 999");
            }
            mistakes.forEach((property, mistake) -> add(
                    place.apply(given(property, prefix, own)),
                    here(mistake, prefix),
                    KEYS.containsKey(property)
                            ? KEYS.get(property).documentation
                            : "docs/cdn-providers.md tells of it"));
        }

        /** By what name it was given. */
        private String given(String property, String prefix, Map<String, String> own) {
            String ofThis = prefix + shown(property);
            return !own.containsKey(ofThis) && ofAllSinks.containsKey(property)
                    ? PipelineConfig.SINKS + property
                    : ofThis;
        }

        private boolean holdsNoSecret(String property, String meant, String value) {
            ConfigDef.ConfigKey key = KEYS.get(meant);
            boolean secret = key != null && key.type == ConfigDef.Type.PASSWORD;
            Optional<String> mistake = secret && !SecretReference.isWhole(value)
                    ? Optional.of("is written out, but whoever may ask Kafka Connect can read it")
                    : SecretProperty.mistake(secret ? "" : meant, value);
            mistake.ifPresent(text -> add(place.apply(property), property + " " + text, SecretProperty.INSTEAD));
            return mistake.isEmpty();
        }

        private void unknown(String property, String prefix) {
            List<String> known = new ArrayList<>(List.of(TASKS));
            KEYS.keySet().stream()
                    .filter(key -> !OURS.contains(key))
                    .map(Reader::shown)
                    .forEach(known::add);
            String nearest = Nearest.to(property.substring(prefix.length()), known);
            add(
                    place.apply(property),
                    "unknown property " + property,
                    "did you mean " + prefix + nearest + "? docs/cdn-providers.md has all of them");
        }

        void stranger(String property, List<String> names) {
            String name = property.substring(PREFIX.length()).replaceFirst("\\..*", "");
            add(
                    place.apply(property),
                    "cache " + name + " is not in cdn.caches",
                    names.isEmpty()
                            ? "add cdn.caches = " + name
                            : "did you mean " + Nearest.to(name, names) + "? or add " + name + " to cdn.caches");
        }

        private void add(SourcePlace at, String message, String hint) {
            errors.add(new UserError(UserError.Category.INVALID_PIPELINE, at, message, hint));
        }

        /** The connector's property of a name without its prefix. */
        private static Optional<String> property(String shown) {
            String own = CdnPurgeSinkConnector.PREFIX + shown;
            if (KEYS.containsKey(own) || FAMILIES.stream().anyMatch(family -> own.startsWith(family))) {
                return Optional.of(own).filter(property -> !OURS.contains(property));
            }
            return KEYS.containsKey(shown) && !OURS.contains(shown) || shown.equals(TASKS)
                    ? Optional.of(shown)
                    : Optional.empty();
        }

        private static String shown(String property) {
            return property.startsWith(CdnPurgeSinkConnector.PREFIX)
                    ? property.substring(CdnPurgeSinkConnector.PREFIX.length())
                    : property;
        }

        private static String here(String mistake, String prefix) {
            return Pattern.compile("(?<![\\w.])cdn\\.(?=[a-z])")
                    .matcher(mistake)
                    .replaceAll(prefix);
        }
    }
}
