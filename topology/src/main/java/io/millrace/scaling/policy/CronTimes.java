package io.millrace.scaling.policy;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;

/** The times of a cron expression in a time zone. */
public final class CronTimes {
    private static final int LEAP_HOURS = 3;

    private final ExecutionTime times;
    private final ZoneId zone;

    /** The times of an expression that is valid. */
    public CronTimes(String expression, ZoneId zone) {
        this.times = ExecutionTime.forCron(parser().parse(expression).validate());
        this.zone = zone;
    }

    private static CronParser parser() {
        return new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
    }

    /** Why a text is no expression, if it is none. */
    static Optional<String> mistake(String expression) {
        try {
            parser().parse(expression).validate();
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** The latest time that is not after this one. */
    public OptionalLong latest(long timeMs) {
        ZonedDateTime at = local(timeMs).plusHours(margin(timeMs)).plusNanos(1_000_000);
        for (Optional<ZonedDateTime> found = times.lastExecution(at); found.isPresent(); ) {
            long foundMs = millis(found.get());
            if (foundMs <= timeMs) {
                return OptionalLong.of(foundMs);
            }
            found = times.lastExecution(found.get());
        }
        return OptionalLong.empty();
    }

    /** The first time after this one. */
    public OptionalLong next(long timeMs) {
        ZonedDateTime at = local(timeMs).minusHours(margin(timeMs));
        for (Optional<ZonedDateTime> found = times.nextExecution(at); found.isPresent(); ) {
            long foundMs = millis(found.get());
            if (foundMs > timeMs) {
                return OptionalLong.of(foundMs);
            }
            found = times.nextExecution(found.get());
        }
        return OptionalLong.empty();
    }

    /** The clock on the wall, as if it were UTC's, which never leaps. */
    private ZonedDateTime local(long timeMs) {
        return Instant.ofEpochMilli(timeMs).atZone(zone).toLocalDateTime().atZone(ZoneOffset.UTC);
    }

    /** A time on the wall that is left out comes later by as much as is left out; one that comes twice counts the first time. */
    private long millis(ZonedDateTime local) {
        return local.toLocalDateTime().atZone(zone).toInstant().toEpochMilli();
    }

    /** For how many hours around a leap of the clock its order is not that of time. */
    private int margin(long timeMs) {
        Instant now = Instant.ofEpochMilli(timeMs);
        boolean leaps = !zone.getRules()
                .getOffset(now.minus(LEAP_HOURS, ChronoUnit.HOURS))
                .equals(zone.getRules().getOffset(now.plus(LEAP_HOURS, ChronoUnit.HOURS)));
        return leaps ? LEAP_HOURS : 0;
    }
}
