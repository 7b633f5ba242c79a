package io.millrace.scaling.policy;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reads a service's schedules. */
final class ScheduleReader {
    private static final long MINUTE_MS = 60_000;

    private final YamlMapping service;
    private final int maxInstances;
    private final List<String> tracked;

    /**
     * A reader.
     *
     * @param tracked the metrics that are kept at a target
     */
    ScheduleReader(YamlMapping service, int maxInstances, List<String> tracked) {
        this.tracked = tracked;
        this.service = service;
        this.maxInstances = maxInstances;
    }

    List<Schedule> schedules() {
        List<Schedule> schedules = new ArrayList<>();
        for (YamlMapping given : service.mappings("schedules", "a schedule")) {
            schedule(given).ifPresent(schedules::add);
            given.warnOfUnknown();
        }
        return schedules;
    }

    private Optional<Schedule> schedule(YamlMapping given) {
        ZoneId zone = zone(given);
        Optional<Schedule.Start> start = start(given, zone);
        OptionalLong lasting = given.duration("for", MINUTE_MS);
        if (given.has("at") && !given.has("for")) {
            given.error("at", "an event needs for, how long it lasts", "write for: 48h");
        }
        OptionalInt prescale = ServiceReader.count(given, "prescale");
        OptionalInt min = ServiceReader.count(given, "minInstances");
        if (prescale.isPresent() && min.isPresent()) {
            given.error("prescale", "prescale is another word for an event's minInstances", "give one of them");
        }
        OptionalInt max = ServiceReader.count(given, "maxInstances");
        OptionalInt least = prescale.isPresent() ? prescale : min;
        if (max.isPresent() && least.isPresent() && max.getAsInt() < least.getAsInt()) {
            given.error("maxInstances", "maxInstances is less than the least of this schedule", null);
        }
        checkBound(given, prescale.isPresent() ? "prescale" : "minInstances", least);
        checkBound(given, "maxInstances", max);
        Schedule schedule = new Schedule(
                start.orElse(null),
                zone,
                lasting,
                least,
                max,
                targetMetric(given),
                given.number("targetValue", 0.000_001, Double.MAX_VALUE),
                given.text("description").orElse(""));
        return start.map(known -> schedule);
    }

    /** The metric of another target; where only one is tracked it need not be named. */
    private String targetMetric(YamlMapping given) {
        Optional<String> named = given.text("targetMetric");
        boolean target = given.has("targetValue");
        if (target && tracked.isEmpty()) {
            given.error("targetValue", "no policy keeps a metric at a target", "take targetValue out");
        } else if (named.isPresent() && !tracked.contains(named.get())) {
            given.error(
                    "targetMetric",
                    "no policy keeps " + named.get() + " at a target",
                    tracked.isEmpty() ? null : "write one of " + String.join(", ", tracked));
        } else if (target && named.isEmpty() && tracked.size() > 1) {
            given.error(
                    "targetValue",
                    "which metric's target it is must be said: the policies have several",
                    "add targetMetric, one of " + String.join(", ", tracked));
        } else if (named.isPresent() && !target) {
            given.error("targetMetric", "there is no targetValue for it", "add targetValue");
        }
        return named.orElse(tracked.isEmpty() ? "" : tracked.get(0));
    }

    private void checkBound(YamlMapping given, String key, OptionalInt bound) {
        if (bound.isPresent() && bound.getAsInt() > maxInstances) {
            given.error(
                    key,
                    "the service never has more than its maxInstances, " + maxInstances,
                    "raise the service's maxInstances, and bound it by schedules at other times");
        }
    }

    private static ZoneId zone(YamlMapping given) {
        return given.text("timezone")
                .map(text -> {
                    try {
                        return ZoneId.of(text);
                    } catch (DateTimeException e) {
                        given.error("timezone", "there is no time zone " + text, "write UTC, Europe/Berlin and so on");
                        return ZoneOffset.UTC;
                    }
                })
                .orElse(ZoneOffset.UTC);
    }

    private static Optional<Schedule.Start> start(YamlMapping given, ZoneId zone) {
        Optional<String> time = given.text("time");
        Optional<String> cron = given.text("cron");
        Optional<String> at = given.text("at");
        if (time.stream().count() + cron.stream().count() + at.stream().count() != 1) {
            given.error(
                    "time",
                    "a schedule begins at one of time, cron and at",
                    "write time: '08:00' for every day, cron: '0 8 * * MON-FRI', or at: 2024-11-24 00:00 for once");
            return Optional.empty();
        }
        if (at.isPresent()) {
            return once(given, at.get(), zone)
                    .map(start -> new Schedule.Start(Optional.empty(), OptionalLong.of(start.toEpochMilli())));
        }
        if (time.isPresent()) {
            return daily(given, time.get());
        }
        Optional<String> mistake = CronTimes.mistake(cron.get());
        if (mistake.isPresent()) {
            given.error(
                    "cron",
                    "'" + cron.get() + "' is no cron expression: " + mistake.get(),
                    "write minute, hour, day of month, month, day of week: '0 8 * * MON-FRI'");
            return Optional.empty();
        }
        return Optional.of(new Schedule.Start(cron, OptionalLong.empty()));
    }

    private static Optional<Schedule.Start> daily(YamlMapping given, String text) {
        try {
            LocalTime time = LocalTime.parse(text);
            if (time.getSecond() == 0 && time.getNano() == 0) {
                String cron = time.getMinute() + " " + time.getHour() + " * * *";
                return Optional.of(new Schedule.Start(Optional.of(cron), OptionalLong.empty()));
            }
        } catch (DateTimeParseException e) {
            // The mistake is told of below.
        }
        given.error("time", "'" + text + "' is no time of day", "write it as '08:00', with the quotes");
        return Optional.empty();
    }

    /** A moment: with an offset, or in the schedule's time zone. */
    private static Optional<Instant> once(YamlMapping given, String text, ZoneId zone) {
        String iso = text.strip().replace(' ', 'T');
        try {
            return Optional.of(OffsetDateTime.parse(iso).toInstant());
        } catch (DateTimeParseException withoutOffset) {
            try {
                LocalDateTime local = iso.contains("T")
                        ? LocalDateTime.parse(iso)
                        : LocalDate.parse(iso).atStartOfDay();
                return Optional.of(local.atZone(zone).toInstant());
            } catch (DateTimeParseException e) {
                given.error("at", "'" + text + "' is no moment", "write it as 2024-11-24 00:00");
                return Optional.empty();
            }
        }
    }
}
