package io.millrace.differential;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a check on many random pipelines; each follows from its seed, which is told when the check fails and which
 * {@code -Dmillrace.seed} repeats. {@code -Dmillrace.histories} sets how many views are run, each under a history;
 * {@code -Dmillrace.minutes} sets how long, as a nightly run does.
 */
public final class Histories {
    public static final List<String> SHARDS = List.of("shard1", "shard2", "shard3");

    /** So many pipelines share a schema, since databases are slow to make tables. */
    private static final int PIPELINES_PER_SCHEMA = 20;

    /** Views of a pipeline read each other and share sub-plans. */
    private static final int MOST_VIEWS = 5;

    private static final Logger LOG = LoggerFactory.getLogger(Histories.class);

    private final int count;

    /** So many views under a history unless the property says otherwise. */
    public Histories(int count) {
        this.count = Integer.getInteger("millrace.histories", count);
    }

    /** What is checked of a pipeline. */
    public interface Check {
        void run(Random random, RandomPipeline pipeline) throws Exception;
    }

    /** Runs the check on all of them, or on that of the seed. */
    public void forEach(Check check) {
        Long only = Long.getLong("millrace.seed");
        if (only != null) {
            run(only, check);
            return;
        }
        long first = System.nanoTime();
        long minutes = Long.getLong("millrace.minutes", 0);
        long end = first + TimeUnit.MINUTES.toNanos(minutes);
        long views = 0;
        for (long seed = first; minutes > 0 ? System.nanoTime() - end < 0 : views < count; seed++) {
            views += run(seed, check);
        }
        LOG.info("{} views, each under a random history, from millrace.seed={} on", views, first);
    }

    /**
     * How many pairs a join puts out at once: mostly so few that changes are pending all the time, at every position of the
     * other side's rows. {@code -Dmillrace.portion} sets it.
     */
    public static int portionRows(Random random) {
        int any = random.nextInt(4);
        return Integer.getInteger("millrace.portion", any == 0 ? 1_000 : any);
    }

    /** Returns how many views it was. */
    private static int run(long seed, Check check) {
        Random random = new Random(seed);
        RandomSchema schema = RandomSchema.withEvents(new Random(Math.floorDiv(seed, PIPELINES_PER_SCHEMA)));
        String pipeline = schema.sql();
        try {
            RandomPipeline sql = new RandomPipeline(schema, random, 1 + random.nextInt(MOST_VIEWS));
            pipeline = sql.toString();
            check.run(random, sql);
            return sql.views().size();
        } catch (Exception | AssertionError e) {
            throw new AssertionError("millrace.seed=" + seed + "\n" + pipeline, e);
        }
    }
}
