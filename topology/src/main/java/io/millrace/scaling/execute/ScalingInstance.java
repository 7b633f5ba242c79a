package io.millrace.scaling.execute;

import io.micrometer.core.instrument.Counter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.alert.AlertWatch;
import io.millrace.alert.Reading;
import io.millrace.catalog.PipelineConfig;
import io.millrace.deadletter.DeadLetterTopic;
import io.millrace.scaling.Decision;
import io.millrace.scaling.DecisionEngine;
import io.millrace.scaling.ScalingApplication;
import io.millrace.scaling.ScalingTopics;
import io.millrace.scaling.policy.ScalingPolicy;
import io.millrace.scaling.source.MetricSources;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All that decides and carries decisions out in one process: the application, its executors, its addresses and its alerts. */
public final class ScalingInstance implements AutoCloseable {
    private final ScalingApplication application;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final DecisionFeed feed;
    private final ScalingServer server;

    private ScalingInstance(ScalingPolicy policy, PipelineConfig config) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        this.application = ScalingApplication.start(policy, config, (service, count) -> Counter.builder(
                        "millrace.scaling.late.samples")
                .description("Samples that came too late to be counted: by more than the service's grace period")
                .tag("service", service)
                .register(registry)
                .increment(count));
        parts.push(application);
        try {
            Health health = new Health();
            health.watch("decisions", () -> !application.isEnded());
            this.feed = DecisionFeed.start(config);
            parts.push(feed);
            health.watch("what reads decisions", feed::isAlive);
            this.server = ScalingServer.start(feed, health, config, registry);
            parts.push(server);
            MetricSources sources = MetricSources.start(policy.sources(), config, registry);
            parts.push(sources);
            health.watch("metric sources", sources::isAlive);
            Executors executors = Executors.start(policy, config, registry);
            parts.push(executors);
            executors.watchedBy(health);
            parts.push(AlertWatch.start(
                    alertsOf(config),
                    deadLetters(),
                    List::of,
                    // What was decided before is read first: an old decision may say what is long over.
                    () -> feed.isCaughtUp() ? budgets(feed.newest().values(), policy) : List.of(),
                    registry));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Starts it. @throws io.millrace.catalog.UserError when something cannot be reached, or a property lacks */
    public static ScalingInstance start(ScalingPolicy policy, PipelineConfig config) {
        return new ScalingInstance(policy, config);
    }

    /** Its alerts are its own, beside those of a pipeline of the same name. */
    private static PipelineConfig alertsOf(PipelineConfig config) {
        return config.with(PipelineConfig.APPLICATION_ID, ScalingApplication.applicationId(config));
    }

    private static List<DeadLetterTopic> deadLetters() {
        return Stream.of(ScalingTopics.METRICS, ScalingTopics.DECISIONS)
                .map(DeadLetterTopic::ofTopic)
                .toList();
    }

    /** Which services the budget holds back, and how far. */
    static List<Reading> budgets(Collection<Decision> newest, ScalingPolicy policy) {
        List<Reading> readings = new ArrayList<>();
        for (Decision decision : newest) {
            boolean meant = decision.action() != Decision.Action.RELEASED
                    && policy.service(decision.service()).isPresent();
            if (!meant) {
                continue;
            }
            decision.overrode().stream()
                    .filter(each -> each.by().equals(DecisionEngine.BUDGET))
                    .findFirst()
                    .ifPresent(each -> readings.add(Reading.ofBudget(decision.service(), each.from(), each.to())));
        }
        return readings;
    }

    /** The decision that stands for a service, if one is known. */
    public Optional<Decision> standing(String service) {
        return feed.standing(service);
    }

    /** Where decisions and metrics are served. */
    public String url() {
        return server.url();
    }

    /** Whether it decides. */
    public boolean running() {
        return application.running();
    }

    /** Waits until it has stopped. @return what stopped it, if anything did */
    public Optional<String> awaitStopped() throws InterruptedException {
        return application.awaitStopped();
    }

    /** All of it, also where a part fails to close. */
    @Override
    public void close() {
        closeAll(parts);
    }

    static void closeAll(Deque<AutoCloseable> parts) {
        RuntimeException failure = null;
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IllegalStateException("a part could not be closed: " + e.getMessage(), e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
