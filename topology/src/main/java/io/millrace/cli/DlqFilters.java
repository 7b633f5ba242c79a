package io.millrace.cli;

import io.millrace.catalog.UserError;
import io.millrace.deadletter.DeadLetterId;
import io.millrace.deadletter.DeadLetterTopic;
import io.millrace.deadletter.Selection;
import io.millrace.deadletter.State;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** Which dead letters are meant, as all commands about them are told. */
final class DlqFilters {
    private static final Pattern AGO = Pattern.compile("(\\d{1,9})([smhd])");

    @Option(
            names = "--topic",
            paramLabel = "NAME",
            description =
                    "Only those of a topic, a dead-letter topic, a table or a view; may be written several times.")
    private List<String> topics = new ArrayList<>();

    @Option(
            names = "--reason",
            paramLabel = "REASON",
            description = "Only those that failed for that reason, as stats shows them; may be written several times.")
    private List<String> reasons = new ArrayList<>();

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Only those that failed then or later: 2026-01-31, 2026-01-31T23:59:59Z, or 15m, 2h, 7d ago.")
    private String since;

    @Option(names = "--until", paramLabel = "TIME", description = "Only those that failed before; written as --since.")
    private String until;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "Only those with that key, as list shows it; or its columns' values, separated by commas.")
    private String key;

    /** Whether anything narrows down which are meant. */
    boolean narrow() {
        return !topics.isEmpty() || !reasons.isEmpty() || since != null || until != null || key != null;
    }

    /** The topics that are meant, of those that there are. */
    List<DeadLetterTopic> topics(List<DeadLetterTopic> present) {
        Set<DeadLetterTopic> meant = new HashSet<>();
        for (String name : topics) {
            List<DeadLetterTopic> named =
                    present.stream().filter(topic -> topic.isNamed(name)).toList();
            if (named.isEmpty()) {
                throw Names.unknown(
                        "dead-letter topic of",
                        name,
                        present.stream().map(DeadLetterTopic::of).toList());
            }
            meant.addAll(named);
        }
        return topics.isEmpty()
                ? present
                : present.stream().filter(meant::contains).toList();
    }

    Selection selection(Set<DeadLetterId> ids, Set<State> states) {
        Instant now = Instant.now();
        return new Selection(
                ids,
                Set.copyOf(reasons),
                Optional.ofNullable(since).map(text -> millis("--since", text, now)),
                Optional.ofNullable(until).map(text -> millis("--until", text, now)),
                Optional.ofNullable(key),
                states);
    }

    static long millis(String option, String text, Instant now) {
        Matcher ago = AGO.matcher(text);
        if (ago.matches()) {
            long count = Long.parseLong(ago.group(1));
            Duration duration =
                    switch (ago.group(2)) {
                        case "s" -> Duration.ofSeconds(count);
                        case "m" -> Duration.ofMinutes(count);
                        case "h" -> Duration.ofHours(count);
                        default -> Duration.ofDays(count);
                    };
            return now.minus(duration).toEpochMilli();
        }
        try {
            if (!text.contains("T")) {
                return LocalDate.parse(text)
                        .atStartOfDay(ZoneOffset.UTC)
                        .toInstant()
                        .toEpochMilli();
            }
            return text.endsWith("Z")
                    ? Instant.parse(text).toEpochMilli()
                    : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC).toEpochMilli();
        } catch (DateTimeException e) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    option + " is " + text + ", which is no time",
                    "times look like 2026-01-31, 2026-01-31T23:59:59Z (UTC), or 15m, 2h, 7d ago");
        }
    }
}
