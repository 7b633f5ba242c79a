package io.millrace.sink;

import io.millrace.catalog.Nearest;
import io.millrace.catalog.SecretProperty;
import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.UserError;
import io.millrace.connectors.SecretReference;
import io.millrace.connectors.http.HttpSinkConnector;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.sql.SinkDefinition;
import io.millrace.sql.SinkOption;
import io.millrace.sql.ViewDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;

/** What is wrong with the options of sinks. Nobody is asked: the connectors themselves say which values they take. */
public final class SinkMistakes {
    private static final String EXAMPLE = "${file:/etc/millrace/secrets.properties:replica}";

    private final List<UserError> mistakes = new ArrayList<>();

    private SinkMistakes() {}

    /** The mistakes of a pipeline's sinks. */
    public static List<UserError> of(List<SinkDefinition> sinks) {
        SinkMistakes found = new SinkMistakes();
        Map<List<String>, SinkDefinition> byTarget = new HashMap<>();
        for (SinkDefinition sink : sinks) {
            // What caches follow is checked with its view: CdnMistakes.
            if (found.kindOf(sink).orElse(null) instanceof SinkType type) {
                found.checkOptions(sink, type);
                if (type.keepsATable()) {
                    found.checkTarget(sink, byTarget);
                }
            }
        }
        return List.copyOf(found.mistakes);
    }

    /**
     * The sinks of views whose keys their target could not have: json has no equality, and in MySQL and MariaDB no column of a key
     * may be NULL.
     *
     * @param definitions of the views
     */
    public static List<UserError> ofKeys(List<SinkDefinition> sinks, List<ViewDefinition> definitions, Plan plan) {
        SinkMistakes found = new SinkMistakes();
        for (SinkDefinition sink : sinks) {
            if (SinkType.named(sink.sink().type()).map(SinkType::keepsATable).orElse(false)) {
                viewOf(sink, plan).ifPresent(view -> found.checkKey(sink, view));
            }
            if (sink.sink().type().equals(SinkType.MYSQL.name())) {
                viewOf(sink, plan).ifPresent(view -> found.checkForNulls(sink, view, definitions));
            }
        }
        return List.copyOf(found.mistakes);
    }

    private static Optional<PlanNode.View> viewOf(SinkDefinition sink, Plan plan) {
        return plan.views().stream()
                .filter(view -> sink.source() instanceof SinkDefinition.OfView of
                        && of.name().equals(view.name()))
                .findFirst();
    }

    private void checkForNulls(SinkDefinition sink, PlanNode.View view, List<ViewDefinition> definitions) {
        definitions.stream()
                .filter(definition -> definition.name().equals(view.name()))
                .flatMap(definition -> view.key().stream().filter(definition::mayBeNull))
                .findFirst()
                .map(column -> view.fields().get(column).name())
                .ifPresent(column -> add(
                        sink.sourcePlace(),
                        "view " + view.name() + " has column " + column
                                + " in its key, which may be NULL, and no column of a key may be NULL in MySQL and MariaDB",
                        view.multiset()
                                ? "give the view a key: select the tables' primary keys"
                                : "keep such rows out of the view, WHERE ... IS NOT NULL of what " + column
                                        + " is made of, or give them a value: coalesce(..., ...) AS " + column));
    }

    private void checkKey(SinkDefinition sink, PlanNode.View view) {
        view.key().stream()
                .map(column -> view.fields().get(column))
                .filter(field -> field.type().kind() == SqlType.Kind.JSON)
                .findFirst()
                .ifPresent(field -> add(
                        sink.sourcePlace(),
                        "view " + view.name() + " has column " + field.name()
                                + " in its key, whose type json has no equality, so that no table can have that key",
                        view.multiset()
                                ? "give the view a key: select the tables' primary keys"
                                : "cast the column in the view: " + field.name() + "::jsonb"));
    }

    private Optional<SinkKind> kindOf(SinkDefinition sink) {
        Optional<SinkOption> written = sink.option(SinkDefinition.TYPE);
        List<String> names = SinkKind.all().stream().map(SinkKind::name).toList();
        if (written.isEmpty()) {
            add(sink.place(), "sink " + sink.name() + " does not say its type", "add type = 'postgres' to its options");
            return Optional.empty();
        }
        String name = written.get().value();
        Optional<SinkKind> kind = SinkKind.named(name);
        if (kind.isEmpty()) {
            add(
                    written.get().valuePlace(),
                    "there is no sink of type '" + name + "'",
                    "did you mean '" + Nearest.to(name, names) + "'? there is " + String.join(", ", names));
        }
        return kind;
    }

    private void checkOptions(SinkDefinition sink, SinkType type) {
        Map<String, SinkType.Option> known = type.options();
        Map<String, String> properties = new HashMap<>();
        Map<String, SinkOption> byProperty = new HashMap<>();
        for (SinkOption option : sink.options()) {
            SinkType.Option meant = type.option(option.name()).orElse(null);
            if (option.name().equals(SinkDefinition.TYPE)) {
                continue;
            }
            if (meant == null) {
                List<String> names = new ArrayList<>(known.keySet());
                add(
                        option.namePlace(),
                        "unknown option \"" + option.name() + "\" of a sink of type '" + type.name() + "'",
                        "did you mean " + Nearest.to(option.name(), names) + "? there are " + String.join(", ", names)
                                + familiesOf(type));
            } else if (holdsNoPassword(option, meant)
                    && namesItsTopics(option, meant)
                    && !isKnownToTheWorkerAlone(option, meant)
                    && isOfTheType(option, type)) {
                properties.put(meant.property(), option.value());
                byProperty.put(meant.property(), option);
            }
        }
        known.values().stream()
                .filter(option -> !option.key().hasDefault())
                .filter(option -> sink.option(option.name()).isEmpty())
                .forEach(option -> add(
                        sink.place(),
                        "sink " + sink.name() + " lacks the option " + option.name(),
                        option.key().documentation));
        type.mistakes(properties)
                .forEach((property, mistake) -> add(
                        byProperty.get(property).valuePlace(),
                        inSql(mistake, type),
                        type.option(byProperty.get(property).name())
                                .orElseThrow()
                                .key()
                                .documentation));
    }

    /** What the connector says, with the names that its properties have in SQL. */
    private static String inSql(String mistake, SinkType type) {
        String text = mistake;
        for (SinkType.Option option : type.options().values()) {
            text = text.replaceAll("(?<![\\w.])" + Pattern.quote(option.property()) + "(?![\\w.])", option.name());
        }
        return text;
    }

    private static String familiesOf(SinkType type) {
        return type.families().stream()
                .map(family -> ", \"" + family + "NAME\"")
                .collect(Collectors.joining());
    }

    /** How long records wait names the topics in which they do, which the pipeline has another connector read. */
    private boolean namesItsTopics(SinkOption option, SinkType.Option meant) {
        if (!meant.property().equals(HttpSinkConnector.RETRY_TOPIC_DELAY) || !SecretReference.isIn(option.value())) {
            return true;
        }
        add(
                option.valuePlace(),
                "option " + option.name() + " is a reference, but it names the topics that the pipeline has read",
                "write how many milliseconds");
        return false;
    }

    /** Whether nobody can say yet if a value is valid, as it is, or begins with, a reference. */
    private static boolean isKnownToTheWorkerAlone(SinkOption option, SinkType.Option meant) {
        boolean text = meant.key().type == ConfigDef.Type.STRING;
        return text ? SecretReference.isAtTheStart(option.value()) : SecretReference.isIn(option.value());
    }

    /** Whether the value has no password in it; the message about one that has does not show it. */
    private boolean holdsNoPassword(SinkOption option, SinkType.Option meant) {
        if (meant.secret() && !SecretReference.isWhole(option.value())) {
            add(
                    option.valuePlace(),
                    "option " + option.name() + " is written out, but a secret must not be in SQL",
                    "write where the Connect worker finds it, such as '" + EXAMPLE + "' or '${env:REPLICA_PASSWORD}'");
            return false;
        }
        if (meant.ofAFamily()
                && SecretProperty.mistake(meant.property(), option.value()).isPresent()) {
            add(
                    option.valuePlace(),
                    "option \"" + option.name() + "\" is written out, but a secret must not be in SQL",
                    "write where the Connect worker finds it, as in 'Bearer ${file:/etc/millrace/secrets.properties:hook}'");
            return false;
        }
        if (!meant.secret() && SecretProperty.isInAddress(option.value())) {
            add(
                    option.valuePlace(),
                    "option " + option.name() + " has a password in it",
                    "take it out, and add password = '" + EXAMPLE + "', which is where the Connect worker finds it");
            return false;
        }
        return true;
    }

    private boolean isOfTheType(SinkOption option, SinkType type) {
        if (!option.name().equals(SinkType.URL) || type.addresses().stream().anyMatch(option.value()::startsWith)) {
            return true;
        }
        add(
                option.valuePlace(),
                "'" + option.value() + "' is no address of a sink of type '" + type.name() + "'",
                "it begins with " + String.join(" or ", type.addresses()));
        return false;
    }

    /** Two sinks that write one table would take each other's rows for strangers'. */
    private void checkTarget(SinkDefinition sink, Map<List<String>, SinkDefinition> byTarget) {
        List<String> target = List.of(
                text(sink, SinkType.URL, ""),
                text(sink, "schema", ""),
                text(sink, SinkType.TABLE, sink.source().name()));
        SinkDefinition other = byTarget.putIfAbsent(target, sink);
        if (other != null) {
            add(
                    sink.place(),
                    "sinks " + other.name() + " and " + sink.name() + " write the same table, " + target.get(2),
                    "give one of them another with the option table");
        }
    }

    private static String text(SinkDefinition sink, String option, String otherwise) {
        return sink.option(option).map(SinkOption::value).orElse(otherwise);
    }

    private void add(SourcePlace place, String message, String hint) {
        mistakes.add(new UserError(UserError.Category.INVALID_PIPELINE, place, message, hint));
    }
}
