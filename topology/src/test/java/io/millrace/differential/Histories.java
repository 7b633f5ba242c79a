package io.millrace.differential;

import java.util.List;
import java.util.Random;

/**
 * Runs a check on many random pipelines; each follows from its seed, which is told when the check fails and which
 * {@code -Dmillrace.seed} repeats. {@code -Dmillrace.histories} sets how many are run.
 */
public final class Histories {
    public static final List<String> SHARDS = List.of("shard1", "shard2", "shard3");

    /** So many pipelines share a schema, since databases are slow to make tables. */
    private static final int PIPELINES_PER_SCHEMA = 20;

    private final int count;

    /** So many histories unless the property says otherwise. */
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
        for (int i = 0; i < count; i++) {
            run(first + i, check);
        }
    }

    /**
     * How many pairs a join puts out at once: mostly so few that changes are pending all the time, at every position of the
     * other side's rows. {@code -Dmillrace.portion} sets it.
     */
    public static int portionRows(Random random) {
        int any = random.nextInt(4);
        return Integer.getInteger("millrace.portion", any == 0 ? 1_000 : any);
    }

    private static void run(long seed, Check check) {
        Random random = new Random(seed);
        RandomSchema schema = new RandomSchema(new Random(Math.floorDiv(seed, PIPELINES_PER_SCHEMA)));
        String pipeline = schema.sql();
        try {
            RandomPipeline sql = new RandomPipeline(schema, random, 1 + random.nextInt(3));
            pipeline = sql.toString();
            check.run(random, sql);
        } catch (Exception | AssertionError e) {
            throw new AssertionError("millrace.seed=" + seed + "\n" + pipeline, e);
        }
    }
}
