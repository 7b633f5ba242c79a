package io.millrace.cdn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.row.Origin;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CombinedChangesTest {
    private final List<TargetChange> sent = new ArrayList<>();
    private final CombinedChanges combined = new CombinedChanges(sent::add);

    private static TargetChange change(String tag, long position) {
        return new TargetChange(
                new TargetId("pages", TargetKind.TAG, tag), false, "update of name", new Origin("s1", position, 1), 1);
    }

    private long rows() {
        return sent.stream().mapToLong(TargetChange::rows).sum();
    }

    @Test
    void fewRowsGoOnAtOnce() {
        for (int i = 0; i < Coalescing.MASS_ROWS; i++) {
            combined.add(change("user/42", 1), 0);
        }
        assertThat(sent).hasSize(Coalescing.MASS_ROWS);
        assertThat(combined.isHolding()).isFalse();
    }

    @Test
    void theRowsOfAMassChangeAreFewRecordsInEachTransaction() {
        for (int transaction = 0; transaction < 100; transaction++) {
            for (int i = 0; i < 1_000; i++) {
                combined.add(change("user/42", 1), transaction);
            }
        }
        combined.flush();
        assertThat(rows()).isEqualTo(100_000);
        assertThat(sent).hasSizeLessThanOrEqualTo(Coalescing.MASS_ROWS + 200);
        assertThat(combined.isHolding()).isFalse();
    }

    @Test
    void ofEachTargetARecordIsInTheTransactionOfItsRows() {
        Random random = new Random(3);
        Map<String, Long> expected = new HashMap<>();
        for (int transaction = 0; transaction < 50; transaction++) {
            int before = sent.size();
            List<String> tags = new ArrayList<>();
            for (int i = random.nextInt(200); i > 0; i--) {
                String tag = "user/" + random.nextInt(3);
                TargetChange change = change(tag, random.nextInt(2));
                tags.add(tag + change.origin().position());
                expected.merge(tag + change.origin().position(), 1L, Long::sum);
                combined.add(change, transaction);
                if (random.nextInt(60) == 0) {
                    combined.flush();
                }
            }
            assertThat(sent.subList(before, sent.size()).stream()
                            .map(each -> each.id().target() + each.origin().position()))
                    .containsAll(tags);
        }
        combined.flush();
        Map<String, Long> told = new HashMap<>();
        sent.forEach(each -> told.merge(each.id().target() + each.origin().position(), each.rows(), Long::sum));
        assertThat(told).isEqualTo(expected);
    }

    @Test
    void ofVeryManyTargetsThoseAreKnownThatCameLastSinceMemoryIsBounded() {
        for (int i = 0; i < 100_000; i++) {
            combined.add(change("photo/" + i, 1), 0);
            combined.add(change("user/42", 1), 0);
            if (i < 100) {
                combined.add(change("user/43", 1), 0);
            }
        }
        assertThat(sent.stream()
                        .filter(each -> each.id().target().equals("user/43"))
                        .mapToLong(TargetChange::rows))
                .contains(84L);
        combined.flush();
        assertThat(sent.stream().filter(each -> each.id().target().equals("user/42")))
                .hasSize(Coalescing.MASS_ROWS + 1);
        assertThat(rows()).isEqualTo(200_100);
    }

    @Test
    void changesThatDifferAreNotPutTogether() {
        for (int i = 0; i < 100; i++) {
            combined.add(change("user/42", 1 + i % 2), 0);
            // Of these it is not known whether they are of one change.
            combined.add(change("user/42", 0), 0);
        }
        combined.flush();
        assertThat(sent.stream().filter(each -> each.origin().position() == 0)).hasSize(100);
        assertThat(sent.stream()
                        .filter(each -> each.origin().position() == 2)
                        .mapToLong(TargetChange::rows)
                        .sum())
                .isEqualTo(50);
    }

    @Test
    void changesOnTheirWaySayOfHowManyRowsTheyAre() {
        TargetCodec codec = new TargetCodec();
        TargetChange many = change("user/42", 7).ofRows(984);
        assertThat(codec.change(codec.change(many))).isEqualTo(many);
        assertThat(codec.change(codec.change(change("user/42", 7)))).isEqualTo(change("user/42", 7));
        byte[] unknown = codec.change(many);
        unknown[0]++;
        assertThatThrownBy(() -> codec.change(unknown)).hasMessageContaining("form 2, which is not known");
    }
}
