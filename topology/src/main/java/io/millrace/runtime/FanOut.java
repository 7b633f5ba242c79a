package io.millrace.runtime;

import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanState;
import io.millrace.plan.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;

/**
 * How fast changes with many matches are worked off: never so fast that the stages that read what comes of them have much to
 * read, since other changes wait there behind it. Of each stage a bounded number of rows is under way at a time, over all its
 * tasks of this instance: put out, and not yet read by the next stages, and what came of them not by those after these.
 * Thread-safe.
 */
final class FanOut {
    /** How often changes with many matches go on; about half of a thread's time is left to other changes. */
    static final Duration INTERVAL = Duration.ofMillis(10);

    /** How long they go on at a time, so that no record waits noticeably. */
    static final Duration AT_A_TIME = Duration.ofMillis(5);

    /** A transaction ends with a mark that takes an offset; a reader's position is behind it only when it has gone on. */
    private static final int MARKS = 2;

    private final int portionRows;
    private final int windowRows;
    private final long atATimeNanos;
    private final Map<Integer, Window> windows = new HashMap<>();
    private final Map<StageProcessor, Integer> pending = new ConcurrentHashMap<>();
    private final ThreadLocal<Map<Window, Integer>> uncommitted = ThreadLocal.withInitial(HashMap::new);

    /**
     * The fan-out of a plan's stages.
     *
     * @param portionRows how many pairs a join puts out at once at most
     * @param windowRows about how many rows of a stage are under way at most
     * @param atATime how long they go on at a time, at least one portion
     */
    FanOut(Plan plan, PipelineTopics topics, int partitions, int portionRows, int windowRows, Duration atATime) {
        this.atATimeNanos = atATime.toNanos();
        this.portionRows = portionRows;
        this.windowRows = windowRows;
        for (Stage stage : Stage.of(plan)) {
            IdentityHashMap<PlanNode, Integer> steps = new IdentityHashMap<>();
            int most = 0;
            for (PlanNode node : stage.nodes()) {
                if (node instanceof PlanNode.Join join && PlanState.fansOut(join)) {
                    most = Math.max(most, steps(plan, join, steps));
                }
            }
            Set<TopicPartition> read = new HashSet<>();
            for (PlanNode node : steps.keySet()) {
                if (node instanceof PlanNode.Exchange exchange) {
                    for (int i = 0; i < partitions; i++) {
                        read.add(new TopicPartition(topics.exchange(plan, exchange), i));
                    }
                }
            }
            windows.put(stage.number(), new Window(read, most));
        }
    }

    /** How many exchanges a node's rows pass at most, one behind the other; all nodes that they reach are noted. */
    private static int steps(Plan plan, PlanNode from, IdentityHashMap<PlanNode, Integer> known) {
        Integer steps = known.get(from);
        if (steps == null) {
            steps = 0;
            for (PlanNode reader : plan.readers(from)) {
                int here = reader instanceof PlanNode.Exchange ? 1 : 0;
                steps = Math.max(steps, here + steps(plan, reader, known));
            }
            known.put(from, steps);
        }
        return steps;
    }

    /** How long changes with many matches go on at a time, in nanoseconds. */
    long atATimeNanos() {
        return atATimeNanos;
    }

    int portionRows() {
        return portionRows;
    }

    /** The window of a stage. */
    Window window(Stage stage) {
        return windows.get(stage.number());
    }

    /** Takes note of how many changes are pending in a partition of a stage. */
    void pending(StageProcessor task, int changes) {
        if (changes == 0) {
            pending.remove(task);
        } else {
            pending.put(task, changes);
        }
    }

    /** How many changes are pending on this instance. */
    int pending() {
        return pending.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Takes note that the thread has committed. */
    void committed() {
        uncommitted.get().forEach(Window::committed);
        uncommitted.get().clear();
    }

    /** Takes note that what the thread did since its last commit is undone. */
    void undone() {
        uncommitted.get().forEach(Window::undone);
        uncommitted.get().clear();
    }

    /** The partitions of which it must be known how far they are read, see {@link #learn}. */
    Set<TopicPartition> watched() {
        Set<TopicPartition> watched = new HashSet<>();
        windows.values().stream().filter(Window::waits).forEach(window -> watched.addAll(window.read));
        return watched;
    }

    /**
     * Takes note of how far the watched partitions are read.
     *
     * @param read the offset up to which each is read; a partition of which nothing was read is not in it
     * @param ends the offset at which each ends, asked for after {@code read}
     */
    void learn(Map<TopicPartition, Long> read, Map<TopicPartition, Long> ends) {
        windows.values().stream()
                .filter(window -> window.waits() && ends.keySet().containsAll(window.read))
                .forEach(window -> window.learn(read, ends));
    }

    /** The rows of one stage that are under way. */
    final class Window {
        private final Set<TopicPartition> read;
        private final int steps;
        private final List<Batch> batches = new ArrayList<>();
        private int underWay;
        private int committed;

        private Window(Set<TopicPartition> read, int steps) {
            this.read = read;
            this.steps = steps;
        }

        /** Whether more rows may be put out. */
        synchronized boolean isOpen() {
            return steps == 0 || underWay < windowRows;
        }

        /** Takes note that this thread has put out so many rows. */
        void putOut(int rows) {
            if (steps > 0) {
                uncommitted.get().merge(this, rows, Integer::sum);
                synchronized (this) {
                    underWay += rows;
                }
            }
        }

        private synchronized boolean waits() {
            return committed > 0 || !batches.isEmpty();
        }

        private synchronized void committed(int rows) {
            committed += rows;
        }

        private synchronized void undone(int rows) {
            underWay -= rows;
        }

        private synchronized void learn(Map<TopicPartition, Long> offsets, Map<TopicPartition, Long> ends) {
            for (Iterator<Batch> each = batches.iterator(); each.hasNext(); ) {
                Batch batch = each.next();
                if (batch.isReadUpTo(offsets)) {
                    batch.stepsDone++;
                    batch.ends = ends;
                }
                if (batch.stepsDone == steps) {
                    underWay -= batch.rows;
                    each.remove();
                }
            }
            if (committed > 0) {
                batches.add(new Batch(committed, ends));
                committed = 0;
            }
        }

        /**
         * Rows that were put out about the same time. When all has been read up to where the topics ended then, what came of
         * it is in the next topics, and so on.
         */
        private final class Batch {
            private final int rows;
            private Map<TopicPartition, Long> ends;
            private int stepsDone;

            Batch(int rows, Map<TopicPartition, Long> ends) {
                this.rows = rows;
                this.ends = ends;
            }

            boolean isReadUpTo(Map<TopicPartition, Long> offsets) {
                return read.stream()
                        .allMatch(partition -> offsets.getOrDefault(partition, 0L) + MARKS >= ends.get(partition));
            }
        }
    }
}
