package io.millrace.ops.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class PageReadersTest {
    @Test
    void popularPagesAreReadFarMoreOften() {
        int[] reads = new int[1_000];
        Random random = new Random(1);
        for (int i = 0; i < 1_000_000; i++) {
            reads[PageReaders.popular(reads.length, random.nextDouble())]++;
        }
        // The first takes a tenth, and from there on a page ten times as far is read a tenth as often.
        assertThat(reads[0]).isCloseTo(100_000, Percentage.withPercentage(3));
        assertThat(sum(reads, 0, 31)).isCloseTo(500_000, Percentage.withPercentage(3));
        assertThat(reads[9]).isCloseTo(sum(reads, 95, 105), Percentage.withPercentage(15));
    }

    @Test
    void thereIsAPageForEachChance() {
        for (int number = 1; number < 50; number++) {
            assertThat(PageReaders.popular(number, 0)).isZero();
            assertThat(PageReaders.popular(number, Math.nextDown(1.0))).isEqualTo(number - 1);
        }
    }

    private static int sum(int[] reads, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i++) {
            sum += reads[i];
        }
        return sum;
    }
}
