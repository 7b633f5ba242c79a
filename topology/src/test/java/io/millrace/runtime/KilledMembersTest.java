package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.MemberAssignment;
import org.apache.kafka.clients.admin.MemberDescription;
import org.junit.jupiter.api.Test;

/** What a killed process has left behind is found by the ids that it has told, and by nothing else. */
final class KilledMembersTest {
    private static final String KILLED = "4ac1";
    private static final String OTHER = "4ac10";
    private static final Presence LEFT = new Presence("shop", Set.of("id-1", "id-12", "id-0"), Set.of("shop-aaaa-1"));

    private static MemberDescription member(String name, String id) {
        return new MemberDescription(
                id,
                Optional.ofNullable(name),
                Optional.empty(),
                "shop-aaaa-StreamThread-1-consumer",
                "/127.0.0.1",
                new MemberAssignment(Set.of()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void allThreadsOfTheKilledOneAndNobodyElses() {
        KilledMembers killed = KilledMembers.of(
                LEFT,
                KILLED,
                List.of(
                        member(KILLED + "-r1-1", "id-1"),
                        member(KILLED + "-r1-12", "id-12"),
                        member(OTHER + "-r1-1", "id-2"),
                        member(OTHER + "-r1-2", "id-0"),
                        member(null, "id-3")));
        assertThat(killed.names()).containsExactly(KILLED + "-r1-1", KILLED + "-r1-12");
        assertThat(killed.another()).isFalse();
    }

    @Test
    void oneThatWasStartedAgainIsAnother() {
        KilledMembers killed = KilledMembers.of(
                LEFT, KILLED, List.of(member(KILLED + "-r1-1", "id-4"), member(KILLED + "-r1-12", "id-12")));
        assertThat(killed.another()).isTrue();
    }

    @Test
    void oneThatDoesNotSayWhoItIsHasNone() {
        assertThat(KilledMembers.of(LEFT, "", List.of(member(KILLED + "-r1-1", "id-1")))
                        .names())
                .isEmpty();
    }

    @Test
    void whatAProcessTellsIsRead() {
        List<Presence> told = List.of(LEFT, new Presence("shop-2", Set.of(), Set.of()));
        assertThat(Presence.read(Presence.write(told))).isEqualTo(told);
        assertThat(Presence.read("")).isEmpty();
        assertThat(Presence.read("of another|version")).isEmpty();
    }
}
