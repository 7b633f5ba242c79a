package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TakeoverTest {
    private static Presence in(String group) {
        return new Presence(group, Set.of("id-1"), Set.of());
    }

    @Test
    void noGroupWaitsForAnother() {
        CountDownLatch begun = new CountDownLatch(2);
        Queue<String> done = new ConcurrentLinkedQueue<>();
        Takeover.atOnce(List.of(in("shop"), in("shop-cdn")), left -> {
            begun.countDown();
            try {
                if (begun.await(2, TimeUnit.SECONDS)) {
                    done.add(left.group());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(done).containsExactlyInAnyOrder("shop", "shop-cdn");
    }

    @Test
    void whatFailsInOneGroupLeavesTheOthers() {
        Queue<String> done = new ConcurrentLinkedQueue<>();
        Takeover.atOnce(List.of(in("shop"), in("shop-cdn")), left -> {
            done.add(left.group());
            if (left.group().equals("shop")) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(done).containsExactlyInAnyOrder("shop", "shop-cdn");
        Takeover.atOnce(List.of(), left -> done.clear());
        assertThat(done).hasSize(2);
    }
}
