package io.millrace.serve;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.ValueAtPercentile;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.runtime.MillraceApplication;
import io.millrace.runtime.NotReady;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.runtime.RowRange;
import io.millrace.runtime.ViewChanges;
import io.millrace.runtime.ViewQueries;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A pipeline that runs and is served: the application and the HTTP server over its views. */
public final class PipelineServer implements AutoCloseable {
    private static final long LOOK_NANOS = 20_000_000L;

    private final MillraceApplication application;
    private final ViewStore views;
    private final ViewServer server;
    private final String host;

    private PipelineServer(MillraceApplication application, ViewStore views, ViewServer server, String host) {
        this.application = application;
        this.views = views;
        this.server = server;
        this.host = host;
    }

    /** Starts a pipeline and its server. @throws io.millrace.catalog.UserError when something cannot be reached */
    public static PipelineServer start(
            PlannedPipeline planned, PipelineConfig config, PrometheusMeterRegistry metrics) {
        MillraceApplication application = MillraceApplication.start(config, planned.plan(), metrics);
        String host = config.get(PipelineConfig.HTTP_HOST);
        try {
            ViewStore views = new ApplicationViews(application, metrics);
            ViewServer server = ViewServer.start(
                    planned.plan(), views, host, config.get(PipelineConfig.HTTP_PORT), metrics::scrape);
            return new PipelineServer(application, views, server, host);
        } catch (RuntimeException e) {
            application.close();
            throw e;
        }
    }

    /**
     * Waits until views can be read and have caught up with their sources once.
     *
     * @throws UserError when the pipeline stopped instead, or did not get there in time
     */
    public void awaitReady(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!application.ready()) {
            if (!application.alive()) {
                throw UserError.of(
                        UserError.Category.UNREACHABLE,
                        "the pipeline stopped: " + application.failure().orElse(application.state()),
                        "the log holds the details");
            }
            if (System.nanoTime() > deadline) {
                throw UserError.of(
                        UserError.Category.UNREACHABLE,
                        "the pipeline was not ready after " + patience.toSeconds() + " s but " + application.state(),
                        "large state takes a while to restore; the log says how far it is");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
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
        server.close();
        application.close();
    }

    /** The running application's views. */
    private record ApplicationViews(MillraceApplication application, MeterRegistry metrics) implements ViewStore {
        @Override
        public boolean ready() {
            return application.ready();
        }

        @Override
        public Optional<WeightedRow> get(PlanNode.View view, Row key) throws NotReady {
            return application
                    .queries()
                    .get(view.name(), key.toArray())
                    .map(entry -> new WeightedRow(entry.multiplicity(), entry.row()));
        }

        @Override
        public Part scan(RowRange range, byte[] after, int limit, Set<Integer> partitions) throws NotReady {
            ViewQueries.Page page = application.queries().scan(range, after, limit, partitions);
            List<Entry> entries = page.entries().stream()
                    .map(entry -> new Entry(entry.key(), new WeightedRow(entry.multiplicity(), entry.row())))
                    .toList();
            return new Part(entries, page.elsewhere());
        }

        @Override
        public Held held(PlanNode.View view) {
            ViewQueries queries = application.queries();
            return new Held(queries.rows(view.name()), queries.heldPartitions(view.name()), queries.partitions());
        }

        @Override
        public List<String> others() {
            return application.queries().others();
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
            return application.queries().lag(view.name());
        }
    }
}
