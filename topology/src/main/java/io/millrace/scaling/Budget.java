package io.millrace.scaling;

import io.millrace.scaling.policy.Costs;
import io.millrace.scaling.policy.ServicePolicy;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;

/**
 * A month's costs and the limit to them. What the minimum costs until the month's end is set aside; the rest may be spent at any
 * time, and when it is spent nothing above the minimum runs.
 */
final class Budget {
    private static final double HOUR_MS = TimeUnit.HOURS.toMillis(1);
    private static final int MONTHS_PER_YEAR = 12;
    private static final int MOST_INSTANCES = 1_000_000_000;

    private final ServicePolicy policy;
    private long monthEndMs = Long.MIN_VALUE;
    private long monthStartMs = Long.MAX_VALUE;

    Budget(ServicePolicy policy) {
        this.policy = policy;
    }

    boolean limited() {
        return policy.costs().maxMonthlyCost().isPresent();
    }

    /** Counts what the instances cost since the last step. */
    void spend(ServiceState state, long nowMs, long stepMs) {
        if (!limited()) {
            return;
        }
        if (nowMs > monthEndMs || nowMs <= monthStartMs) {
            YearMonth month = YearMonth.from(Instant.ofEpochMilli(nowMs - 1).atZone(ZoneOffset.UTC));
            monthStartMs = startOf(month);
            monthEndMs = startOf(month.plusMonths(1));
        }
        YearMonth month = YearMonth.from(Instant.ofEpochMilli(monthStartMs).atZone(ZoneOffset.UTC));
        int index = month.getYear() * MONTHS_PER_YEAR + month.getMonthValue();
        if (index != state.month) {
            state.month = index;
            state.spent = 0;
        }
        state.spent += state.instances * policy.costs().averagePricePerHour() * stepMs / HOUR_MS;
    }

    private static long startOf(YearMonth month) {
        return month.atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli();
    }

    /** How many instances there may be until the next step. */
    int most(ServiceState state, long nowMs, long stepMs) {
        if (!limited()) {
            return Integer.MAX_VALUE;
        }
        Costs costs = policy.costs();
        double price = costs.averagePricePerHour();
        double hoursLeft = Math.max(0, monthEndMs - nowMs) / HOUR_MS;
        double reserved = policy.minInstances() * price * hoursLeft;
        double left = costs.maxMonthlyCost().getAsDouble() - costs.fixedPerMonth() - state.spent - reserved;
        double above = left / (price * stepMs / HOUR_MS);
        return policy.minInstances() + (int) Math.max(0, Math.min(MOST_INSTANCES, Math.floor(above)));
    }
}
