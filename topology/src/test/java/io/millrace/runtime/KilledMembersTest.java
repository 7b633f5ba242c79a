package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.MemberAssignment;
import org.apache.kafka.clients.admin.MemberDescription;
import org.junit.jupiter.api.Test;

/** What a killed instance has left behind is found by its members' names and their clients'. */
final class KilledMembersTest {
    private static final String KILLED = "4ac1";
    private static final String OTHER = "4ac10";

    private static MemberDescription member(String name, String client) {
        return new MemberDescription(
                "id-of-" + name,
                Optional.ofNullable(name),
                Optional.empty(),
                client,
                "/127.0.0.1",
                new MemberAssignment(Set.of()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void allThreadsOfTheKilledOneAndNobodyElses() {
        KilledMembers killed = KilledMembers.of(
                "shop",
                KILLED,
                List.of(
                        member(KILLED + "-r1-1", "shop-aaaa-StreamThread-1-consumer"),
                        member(KILLED + "-r1-12", "shop-aaaa-StreamThread-12-consumer"),
                        member(OTHER + "-r1-1", "shop-bbbb-StreamThread-1-consumer"),
                        member(null, "shop-cccc-StreamThread-1-consumer")));
        assertThat(killed.names()).containsExactly(KILLED + "-r1-1", KILLED + "-r1-12");
        assertThat(killed.transactions()).containsExactly("shop-aaaa-1", "shop-aaaa-12");
    }

    @Test
    void aClientOfAnotherNameDoesNotSayWhichTransactionsItHas() {
        KilledMembers killed =
                KilledMembers.of("shop", KILLED, List.of(member(KILLED + "-r2-1", "mine-StreamThread-1-consumer")));
        assertThat(killed.names()).containsExactly(KILLED + "-r2-1");
        assertThat(killed.transactions()).isEmpty();
    }

    @Test
    void oneThatDoesNotSayWhoItIsHasNone() {
        List<MemberDescription> members = List.of(member(KILLED + "-r1-1", "shop-aaaa-StreamThread-1-consumer"));
        assertThat(KilledMembers.of("shop", "", members).names()).isEmpty();
    }
}
