package io.millrace.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RememberedIdsTest {
    private static final long FOR = 100;

    private final MemoryState state = new MemoryState();
    private RememberedIds ids = new RememberedIds(state, FOR);

    private boolean take(String id, long time) {
        return ids.take(id.getBytes(java.nio.charset.StandardCharsets.UTF_8), time);
    }

    private void passTo(long time) {
        ids.passTo(time);
        ids.forget(Integer.MAX_VALUE);
    }

    @Test
    void anIdCountsOnceWithinItsTime() {
        assertThat(take("a", 1_000)).isTrue();
        assertThat(take("b", 1_000)).isTrue();
        assertThat(take("a", 1_000)).isFalse();
        assertThat(take("a", 1_000 + FOR - 1)).isFalse();
        assertThat(take("a", 1_000 + FOR)).isTrue();
        assertThat(take("a", 1_000 + FOR + 1)).as("of the second that counts").isFalse();
    }

    @Test
    void whatIsDroppedDoesNotKeepItsIdLonger() {
        assertThat(take("a", 1_000)).isTrue();
        assertThat(take("a", 1_000 + FOR - 1)).isFalse();
        assertThat(take("a", 1_000 + FOR + 1)).isTrue();
    }

    @Test
    void anEarlierEventThatComesLaterIsOneThatComesAgain() {
        assertThat(take("a", 1_000)).isTrue();
        assertThat(take("a", 1_000 - FOR + 1)).isFalse();
        assertThat(take("a", 1_000 - FOR)).isTrue();
    }

    @Test
    void anEventThatIsNoLaterThanItsTimeIsToldExactly() {
        take("a", 1_000);
        take("b", 1_000 + FOR);
        passTo(1_000 + 2 * FOR - 1);
        assertThat(take("a", 1_000 + FOR - 1)).isFalse();
        assertThat(take("c", 1_000 + FOR)).isTrue();
        passTo(1_000 + 2 * FOR);
        assertThat(take("b", 1_000 + FOR)).isFalse();
    }

    @Test
    void anEventThatIsLaterCountsWhereItsIdIsForgottenAndIsRememberedThen() {
        take("a", 1_000);
        passTo(1_000 + 2 * FOR);
        assertThat(state.size()).isZero();
        assertThat(take("a", 1_000)).isTrue();
        assertThat(take("a", 1_000)).isFalse();
        passTo(1_000 + 4 * FOR - 1);
        assertThat(take("a", 1_000)).isFalse();
        passTo(1_000 + 4 * FOR);
        assertThat(state.size()).isZero();
    }

    @Test
    void asManyAreForgottenAsCome() {
        for (long time = 1; time <= 100_000; time++) {
            ids.passTo(time);
            assertThat(take("id" + time, time)).isTrue();
        }
        assertThat(state.size()).isLessThan(2 * (2 * (int) FOR + 1_000));
    }

    /** Whenever ids are forgotten, and whether or not there was a restart, the same events count. */
    @Test
    void whatCountsDependsOnWhatCameAlone() {
        for (int history = 0; history < 300; history++) {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            Map<String, List<Long>> counted = new HashMap<>();
            ids = new RememberedIds(state, FOR);
            long passed = 0;
            for (int i = 0; i < 300; i++) {
                // Some come early, and none is later than its time.
                long time = passed - FOR + random.nextInt(3 * (int) FOR);
                String id = "id" + random.nextInt(8);
                List<Long> times = counted.computeIfAbsent(id, any -> new ArrayList<>());
                boolean counts = times.stream().noneMatch(other -> Math.abs(other - time) < FOR);
                if (counts) {
                    times.add(time);
                }
                assertThat(take(id, time)).as("seed %d, event %d", seed, i).isEqualTo(counts);
                switch (random.nextInt(6)) {
                    case 0 -> {
                        passed += random.nextInt((int) FOR);
                        ids.passTo(passed);
                    }
                    case 1 -> ids.forget(1 + random.nextInt(5));
                    case 2 -> {
                        ids = new RememberedIds(state, FOR);
                        ids.passTo(random.nextBoolean() ? passed : Long.MIN_VALUE);
                    }
                    default -> {}
                }
            }
            long remembered = counted.values().stream().mapToLong(List::size).sum();
            passTo(passed + 2 * FOR);
            assertThat(state.size()).as("seed %d", seed).isLessThan((int) remembered);
            passTo(passed + 6 * FOR);
            assertThat(state.size()).as("seed %d", seed).isZero();
        }
    }
}
