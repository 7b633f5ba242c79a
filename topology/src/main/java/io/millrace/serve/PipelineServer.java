package io.millrace.serve;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.ValueAtPercentile;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.alert.AlertWatch;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.deadletter.DeadLetterTopic;
import io.millrace.invalidation.Invalidations;
import io.millrace.plan.PlanNode;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.runtime.MillraceApplication;
import io.millrace.runtime.NotReady;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.runtime.RowRange;
import io.millrace.runtime.ViewChanges;
import io.millrace.runtime.ViewQueries;
import io.millrace.sink.SinkState;
import io.millrace.sql.Sink;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A pipeline that runs and is served: the application and the HTTP server over its views. */
public final class PipelineServer implements AutoCloseable {
    private static final long LOOK_NANOS = 20_000_000L;

    private final MillraceApplication application;
    private final Invalidations invalidations;
    private final ViewStore views;
    private final ViewServer server;
    private final AlertWatch alerts;
    private final Optional<PeerWatch> peers;
    private final String host;

    private PipelineServer(
            MillraceApplication application,
            Invalidations invalidations,
            ViewStore views,
            ViewServer server,
            AlertWatch alerts,
            Optional<PeerWatch> peers,
            String host) {
        this.invalidations = invalidations;
        this.peers = peers;
        this.alerts = alerts;
        this.application = application;
        this.views = views;
        this.server = server;
        this.host = host;
    }

    /** Starts a pipeline and its server. @throws io.millrace.catalog.UserError when something cannot be reached */
    public static PipelineServer start(
            PlannedPipeline planned, PipelineConfig config, PrometheusMeterRegistry metrics) {
        AlertWatch.check(config);
        MillraceApplication application =
                MillraceApplication.start(config, planned.pipeline().text(), metrics);
        String host = config.get(PipelineConfig.HTTP_HOST);
        Invalidations invalidations = new Invalidations(config, metrics, application::caughtUp);
        try {
            application.accompaniedBy(invalidations::running);
            application.onDeployed(invalidations::deploy);
            ViewStore views = new ApplicationViews(application, invalidations, config, metrics);
            ViewServer server = ViewServer.start(
                    application.served(),
                    views,
                    new ViewCaching.Policy(
                            config.get(PipelineConfig.HTTP_CACHE_BROWSER_SECONDS),
                            config.get(PipelineConfig.HTTP_CACHE_STALE_SECONDS),
                            invalidations::ttlSeconds),
                    host,
                    config.get(PipelineConfig.HTTP_PORT),
                    metrics::scrape);
            application.onServed(() -> server.serve(application.served()));
            AlertWatch alerts = AlertWatch.start(config, DeadLetterTopic.of(planned), views::sinks, metrics);
            return new PipelineServer(
                    application,
                    invalidations,
                    views,
                    server,
                    alerts,
                    peers(config, application, server, metrics),
                    host);
        } catch (RuntimeException e) {
            invalidations.close();
            application.close();
            throw e;
        }
    }

    /** Without copies of what another held there is nothing to take over soon: it is sooner started again itself. */
    private static Optional<PeerWatch> peers(
            PipelineConfig config, MillraceApplication application, ViewServer server, MeterRegistry metrics) {
        if (config.get(PipelineConfig.STANDBY_REPLICAS) == 0
                || config.get(PipelineConfig.APPLICATION_SERVER).isEmpty()) {
            return Optional.empty();
        }
        PeerWatch watch =
                PeerWatch.start(application.instance(), application::others, server::isGone, application::takeOver);
        Gauge.builder("millrace.peers.known", watch, PeerWatch::known)
                .description("Other instances")
                .register(metrics);
        Gauge.builder("millrace.peers.watched", watch, PeerWatch::watched)
                .description("Other instances of which it is noticed at once when they are killed")
                .register(metrics);
        return Optional.of(watch);
    }

    /**
     * Waits until views can be read and have caught up with their sources once.
     *
     * @throws UserError when the pipeline stopped instead, or did not get there in time
     */
    public void awaitReady(Duration patience) {
        if (!isReadyWithin(patience)) {
            throw UserError.of(
                    UserError.Category.UNREACHABLE,
                    "the pipeline was not ready after " + patience.toSeconds() + " s: " + progress(),
                    "the log holds the details");
        }
    }

    /**
     * Waits until views can be read and have caught up with their sources once, but no longer than that; returns whether they
     * have.
     *
     * @throws UserError when the pipeline stopped instead
     */
    public boolean isReadyWithin(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!application.ready()) {
            if (!application.alive()) {
                throw UserError.of(
                        UserError.Category.UNREACHABLE,
                        "the pipeline stopped: " + failureText(),
                        "the log holds the details");
            }
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }

    /** How far the pipeline is before it is ready, in words for people. */
    public String progress() {
        long lag = application.lag();
        return application.state() + (lag < 0 ? "" : String.format(Locale.ROOT, ", %,d records left to read", lag));
    }

    /** Whether, at a moment in this call, the views that are served had all that their sources held; asks the brokers. */
    public boolean nothingLeft() {
        return application.nothingLeft();
    }

    /** Whether views can be read now and none is being built. */
    public boolean settled() {
        return application.ready() && application.building().isEmpty();
    }

    /** What stopped the pipeline, in words for people, if anything did. */
    public Optional<String> failure() {
        return application.alive() ? Optional.empty() : Optional.of(failureText());
    }

    private String failureText() {
        return application.failure().orElse(application.state());
    }

    /** How many views are served; those that are being built are not among them. */
    public int servedViews() {
        return application.served().size();
    }

    /** The version of a view that is served; empty if none is. */
    public Optional<PlanNode.View> served(String view) {
        return Optional.ofNullable(application.served().get(view)).flatMap(plan -> plan.views().stream()
                .filter(each -> each.name().equals(view))
                .findFirst());
    }

    /** What the server reads. */
    public ViewStore views() {
        return views;
    }

    /** The address to ask. */
    public String url() {
        return "http://" + (host.equals("0.0.0.0") ? "127.0.0.1" : host) + ":" + server.port();
    }

    @Override
    public void close() {
        peers.ifPresent(PeerWatch::close);
        alerts.close();
        server.close();
        invalidations.close();
        application.close();
    }

    /** The running application's views. */
    private record ApplicationViews(
            MillraceApplication application, Invalidations invalidations, PipelineConfig config, MeterRegistry metrics)
            implements ViewStore {
        @Override
        public boolean ready() {
            return application.ready();
        }

        @Override
        public String instance() {
            return application.instance();
        }

        @Override
        public String presence() {
            return application.presence();
        }

        @Override
        public Map<String, Long> building() {
            return application.building();
        }

        @Override
        public List<SinkState> sinks() {
            return Stream.concat(application.sinks().stream(), invalidations.states().stream())
                    .toList();
        }

        @Override
        public List<Sink> declaredSinks() {
            return application.deployedSinks();
        }

        @Override
        public Optional<Origin> origin(PlanNode.View view, Row row) {
            try {
                return application.queries(view).origin(view, row);
            } catch (NotReady e) {
                return Optional.empty();
            }
        }

        @Override
        public int version(PlanNode.View view) {
            return application.generation(view.name());
        }

        @Override
        public Optional<WeightedRow> get(PlanNode.View view, Row key) throws NotReady {
            return application
                    .queries(view)
                    .get(view.name(), key.toArray())
                    .map(entry -> new WeightedRow(entry.multiplicity(), entry.row()));
        }

        @Override
        public Part scan(RowRange range, byte[] after, int limit, Set<Integer> partitions) throws NotReady {
            ViewQueries.Page page = application.queries(range.served().view()).scan(range, after, limit, partitions);
            List<Entry> entries = page.entries().stream()
                    .map(entry -> new Entry(entry.key(), new WeightedRow(entry.multiplicity(), entry.row())))
                    .toList();
            return new Part(entries, page.elsewhere());
        }

        @Override
        public Held held(PlanNode.View view) {
            int all = config.get(PipelineConfig.PARTITIONS);
            try {
                ViewQueries queries = application.queries(view);
                return new Held(queries.rows(view.name()), queries.heldPartitions(view.name()), all);
            } catch (NotReady e) {
                return new Held(0, 0, all);
            }
        }

        @Override
        public List<String> others() {
            return application.others();
        }

        @Override
        public ViewChanges.Subscription subscribe(PlanNode.View view, ViewChanges.Subscriber subscriber) {
            return application.changes().subscribe(view.name(), subscriber);
        }

        @Override
        public void replay(
                PlanNode.View view, long[] from, long[] to, ViewChanges.Subscriber subscriber, BooleanSupplier wanted) {
            application.changes().replay(view.name(), from, to, subscriber, wanted);
        }

        @Override
        public double latencyMs(PlanNode.View view, double quantile) {
            Timer delay =
                    metrics.find("millrace.view.delay").tag("view", view.name()).timer();
            if (delay != null) {
                for (ValueAtPercentile value : delay.takeSnapshot().percentileValues()) {
                    if (value.percentile() == quantile) {
                        return value.value(TimeUnit.MILLISECONDS);
                    }
                }
            }
            return 0;
        }

        @Override
        public long lagRecords(PlanNode.View view) {
            try {
                return application.queries(view).lag(view.name());
            } catch (NotReady e) {
                return -1;
            }
        }
    }
}
