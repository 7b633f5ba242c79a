package io.millrace.scaling.execute;

import io.millrace.connectors.delivery.RetryPolicy;
import io.millrace.scaling.Decision;
import io.millrace.scaling.execute.Execution.State;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A service at a place: which decision stands, what was done, and when the next attempt is due. Used by one thread. */
final class ServiceExecution {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceExecution.class);

    /** What it needs of the world around it. */
    interface Surroundings {
        /** Keeps an account of what is done, before it goes on. */
        void record(Execution execution) throws InterruptedException;

        /** Sets the decision aside, as one that was not carried out. */
        void setAside(Decision decision, String reason) throws InterruptedException;

        /** Tells how many instances work, and how many there are to be where the place knows that. */
        void report(String service, OptionalInt ordered, int working);
    }

    private final String service;
    private final Executor executor;
    private final Reconciler reconciler;
    private final RetryPolicy retries;
    private final boolean dryRun;
    private final long intervalMs;
    private final ScalingMeters meters;
    private final Surroundings surroundings;
    private final LongSupplier clock;

    private Decision standing;
    /** Whether the standing decision is carried out though that failed before. */
    private boolean again;

    private Execution last;
    private int failures;
    private long dueMs;
    private long pauseMs;
    /** What the log says of looks that fail. */
    private String said = "";

    ServiceExecution(
            String service,
            Executor executor,
            ExecutorSettings settings,
            Execution last,
            ScalingMeters meters,
            Surroundings surroundings,
            LongSupplier clock) {
        this.service = service;
        this.executor = executor;
        this.reconciler = new Reconciler(settings.yieldMs());
        this.retries = settings.retries();
        this.dryRun = settings.dryRun();
        this.intervalMs = settings.intervalMs();
        this.last = last;
        this.meters = meters;
        this.surroundings = surroundings;
        this.clock = clock;
        this.dueMs = clock.getAsLong();
    }

    /**
     * A decision was made. One that is older than the one that stands, or than the one that was last carried out, is not heeded.
     *
     * @param replayed whether somebody sent it again after it was set aside
     * @return whether it stands
     */
    boolean decided(Decision decision, boolean replayed) {
        boolean old = (standing != null && decision.timeMs() < standing.timeMs())
                || (last != null && decision.timeMs() < last.decidedMs());
        if (old) {
            if (replayed) {
                LOG.warn(
                        "{} at {}: {} is older than what counts, and is not heeded",
                        service,
                        executor.name(),
                        decision.id());
            }
            return false;
        }
        standing = decision;
        again = replayed && !Reconciler.isOver(decision, true, last);
        failures = 0;
        dueMs = Math.min(dueMs, clock.getAsLong());
        return true;
    }

    /** Whether the standing decision needs nobody any more, so that its record need not be read again. */
    boolean isSettled() {
        return standing == null || Reconciler.isOver(standing, again, last);
    }

    /** From when on it is to be looked at. */
    long dueMs() {
        return dueMs;
    }

    String service() {
        return service;
    }

    Execution last() {
        return last;
    }

    /** Does what is to be done now. The pause that follows begins when that is over, however long it took. */
    void look() throws InterruptedException {
        pauseMs = intervalMs;
        try {
            look(clock.getAsLong());
        } finally {
            dueMs = clock.getAsLong() + pauseMs;
        }
    }

    private void look(long nowMs) throws InterruptedException {
        try {
            OptionalInt ordered = executor.ordered(service);
            ordered.ifPresent(count -> meters.ordered(executor.name(), service, count));
            Reconciler.Step step = reconciler.step(standing, again, last, ordered, nowMs);
            switch (step) {
                case NOTHING -> {}
                case NOTE_DONE -> noteDone(ordered, nowMs);
                case YIELD -> giveWay(ordered.getAsInt(), nowMs);
                case CARRY_OUT -> carryOut(ordered, nowMs);
            }
            boolean changed = step == Reconciler.Step.CARRY_OUT && !dryRun && ordered.isPresent();
            OptionalInt there = changed ? OptionalInt.of(standing.to()) : ordered;
            if (!dryRun) {
                executor.tend(service);
            }
            executor.working(service).ifPresent(working -> surroundings.report(service, there, working));
            failures = 0;
            said = "";
        } catch (ExecutionFailure e) {
            failed(e, nowMs);
        }
    }

    private void noteDone(OptionalInt ordered, long nowMs) throws InterruptedException {
        Execution base = standing == null ? last : started(ordered, nowMs);
        end(base.with(State.DONE, ordered.orElse(-1), nowMs, ""));
    }

    private void giveWay(int there, long nowMs) throws InterruptedException {
        String message = "somebody else has set " + there + " instances where " + last.left() + " had been left";
        LOG.warn(
                "{} at {}: {}; nothing is done about it until they are as decided, or stand still",
                service,
                executor.name(),
                message);
        meters.contested(executor.name(), service, true);
        Execution base = standing == null ? last : started(OptionalInt.of(there), nowMs);
        end(base.with(State.YIELDED, there, nowMs, message));
    }

    private void carryOut(OptionalInt ordered, long nowMs) throws ExecutionFailure, InterruptedException {
        // What is there now is gone on from, whoever left it: else it would be taken for a stranger's when an attempt
        // fails.
        Execution started = started(ordered, nowMs).from(ordered);
        if (dryRun) {
            LOG.info(
                    "{} at {}: would have {} instances, by {}", service, executor.name(), standing.to(), standing.id());
            end(started.with(State.DRY_RUN, ordered.orElse(-1), nowMs, ""));
            return;
        }
        boolean noted =
                last != null && last.state() == State.STARTED && last.decision().equals(started.decision());
        if (!noted) {
            surroundings.record(started);
            last = started;
        }
        executor.carryOut(standing);
        LOG.info("{} at {}: {} instances, by {}", service, executor.name(), standing.to(), standing.id());
        end(started.with(State.DONE, standing.to(), nowMs, ""));
    }

    /** What is left there is what this executor left before; at first, what it finds. */
    private Execution started(OptionalInt ordered, long nowMs) {
        boolean known = last != null && last.left() >= 0 && last.state() != State.DRY_RUN;
        int left = known ? last.left() : ordered.orElse(-1);
        return new Execution(
                executor.name(),
                service,
                standing.id(),
                standing.timeMs(),
                State.STARTED,
                standing.to(),
                left,
                ordered.orElse(-1),
                nowMs,
                "");
    }

    private void end(Execution execution) throws InterruptedException {
        if (execution.state() != State.YIELDED) {
            meters.contested(executor.name(), service, false);
        }
        surroundings.record(execution);
        last = execution;
        again = false;
        meters.ended(executor.name(), execution.state());
    }

    private void failed(ExecutionFailure failure, long nowMs) throws InterruptedException {
        if (isSettled()) {
            // Only the look failed; the next one is due soon enough.
            if (!said.equals(failure.getMessage())) {
                LOG.warn("{} at {} cannot be looked at: {}", service, executor.name(), failure.getMessage());
            }
            said = String.valueOf(failure.getMessage());
            return;
        }
        failures++;
        if (failure.mayPass() && retries.allows(failures)) {
            pauseMs = retries.pauseMs(failures, ThreadLocalRandom.current().nextDouble());
            meters.retried(executor.name());
            LOG.warn(
                    "{} at {}: attempt {} failed, the next is in {} ms: {}",
                    service,
                    executor.name(),
                    failures,
                    pauseMs,
                    failure.getMessage());
            return;
        }
        LOG.error("{} at {}: {} is not carried out: {}", service, executor.name(), standing.id(), failure.getMessage());
        surroundings.setAside(standing, failure.getMessage());
        failures = 0;
        int actual = last == null ? -1 : last.actual();
        end(started(OptionalInt.empty(), nowMs).with(State.FAILED, actual, nowMs, failure.getMessage()));
    }
}
