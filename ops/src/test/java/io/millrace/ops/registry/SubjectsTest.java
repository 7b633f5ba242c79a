package io.millrace.ops.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SubjectsTest {
    private static final String V1 = record("{\"name\":\"id\",\"type\":\"long\"}");
    private static final String ADDED =
            record("{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"n\",\"type\":[\"null\",\"int\"],\"default\":null}");
    private static final String REQUIRED =
            record("{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"n\",\"type\":\"int\"}");

    private final List<LogEntry> log = new ArrayList<>();
    private final Subjects subjects = new Subjects(log::add);

    private static String record(String fields) {
        return "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" + fields + "]}";
    }

    private static void assertRefused(int status, int code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(RegistryError.class, error -> {
            assertThat(error.status()).isEqualTo(status);
            assertThat(error.code()).isEqualTo(code);
        });
    }

    @Test
    void oneSchemaHasOneIdInAllSubjectsAndHoweverItIsWritten() {
        int id = subjects.register("a", V1);

        assertThat(subjects.register("a", V1)).isEqualTo(id);
        assertThat(subjects.register("b", V1.replace(",", " ,\n "))).isEqualTo(id);
        assertThat(subjects.versions("a", false)).containsExactly(1);
        assertThat(subjects.versionsOf(id))
                .extracting(LogEntry.SchemaVersion::subject)
                .containsExactly("a", "b");
    }

    @Test
    void aSchemaThatCannotReadTheLastOneIsRefusedByDefault() {
        subjects.register("a", V1);

        assertThat(subjects.register("a", ADDED)).isEqualTo(2);
        assertRefused(409, 409, () -> subjects.register("a", REQUIRED));
        assertThat(subjects.objections("a", "latest", REQUIRED)).isNotEmpty();
        assertThat(subjects.objections("a", "latest", V1)).isEmpty();
    }

    @Test
    void aTransitiveLevelLooksAtAllVersionsAndTheOthersAtTheLast() {
        subjects.setLevel("a", CompatibilityLevel.NONE);
        subjects.register("a", record("{\"name\":\"other\",\"type\":\"string\"}"));
        subjects.register("a", V1);

        subjects.setLevel("a", CompatibilityLevel.BACKWARD_TRANSITIVE);
        assertRefused(409, 409, () -> subjects.register("a", ADDED));
        subjects.setLevel("a", CompatibilityLevel.BACKWARD);
        assertThat(subjects.register("a", ADDED)).isPositive();
    }

    @Test
    void forwardAndFullAskWhetherOldReadersUnderstandTheNew() {
        subjects.register("a", V1);
        subjects.setLevel("a", CompatibilityLevel.FORWARD);
        assertThat(subjects.objections("a", null, REQUIRED)).isEmpty();
        subjects.setLevel("a", CompatibilityLevel.FULL);
        assertThat(subjects.objections("a", null, REQUIRED)).isNotEmpty();
        assertThat(subjects.objections("a", null, ADDED)).isEmpty();
    }

    @Test
    void levelsOfASubjectGoBeforeTheDefault() {
        assertRefused(404, 40408, () -> subjects.ownLevel("a"));
        subjects.setLevel(null, CompatibilityLevel.NONE);
        subjects.setLevel("a", CompatibilityLevel.FULL);

        assertThat(subjects.level("b")).isEqualTo(CompatibilityLevel.NONE);
        assertThat(subjects.level("a")).isEqualTo(CompatibilityLevel.FULL);
        assertThat(subjects.removeLevel("a")).isEqualTo(CompatibilityLevel.FULL);
        assertThat(subjects.level("a")).isEqualTo(CompatibilityLevel.NONE);
        assertRefused(422, 42203, () -> CompatibilityLevel.parse("SOME"));
    }

    @Test
    void whatIsNotThereIsSaidByItsOwnCode() {
        assertRefused(404, 40401, () -> subjects.versions("a", false));
        subjects.register("a", V1);
        assertRefused(404, 40402, () -> subjects.version("a", "7", false));
        assertRefused(404, 40403, () -> subjects.lookup("a", ADDED, false));
        assertRefused(404, 40403, () -> subjects.schema(99));
        assertRefused(422, 42201, () -> subjects.register("a", "{\"type\":\"recor\"}"));
        assertRefused(422, 42202, () -> subjects.version("a", "0", false));
    }

    @Test
    void aSubjectIsHiddenFirstAndForgottenThenAndItsIdIsNotGivenAgain() {
        int id = subjects.register("a", V1);

        assertRefused(404, 40405, () -> subjects.delete("a", true));
        assertThat(subjects.delete("a", false)).containsExactly(1);
        assertThat(subjects.subjects(false)).isEmpty();
        assertThat(subjects.subjects(true)).containsExactly("a");
        assertRefused(404, 40404, () -> subjects.delete("a", false));
        assertThat(subjects.delete("a", true)).containsExactly(1);
        assertThat(subjects.subjects(true)).isEmpty();
        assertThat(subjects.schema(id)).contains("\"id\"");
        assertThat(subjects.register("b", ADDED)).isEqualTo(id + 1);
        assertThat(subjects.register("a", V1)).isEqualTo(id);
    }

    @Test
    void oneVersionIsHiddenFirstAndForgottenThen() {
        subjects.register("a", V1);
        subjects.register("a", ADDED);

        assertRefused(404, 40407, () -> subjects.delete("a", "1", true));
        assertThat(subjects.delete("a", "1", false)).isEqualTo(1);
        assertThat(subjects.versions("a", false)).containsExactly(2);
        assertRefused(404, 40406, () -> subjects.delete("a", "1", false));
        assertThat(subjects.delete("a", "1", true)).isEqualTo(1);
        assertThat(subjects.versions("a", true)).containsExactly(2);
    }

    @Test
    void theLogAloneBringsEverythingBack() {
        subjects.register("a", V1);
        subjects.register("a", ADDED);
        subjects.register("b", REQUIRED);
        subjects.setLevel("a", CompatibilityLevel.NONE);
        subjects.delete("b", false);
        subjects.delete("b", true);

        Subjects again = new Subjects(entry -> {});
        log.forEach(again::replay);

        assertThat(again.subjects(true)).containsExactly("a");
        assertThat(again.versions("a", false)).containsExactly(1, 2);
        assertThat(again.level("a")).isEqualTo(CompatibilityLevel.NONE);
        assertThat(again.schema(3)).isEqualTo(subjects.schema(3));
        assertThat(again.register("c", V1)).isEqualTo(1);
    }
}
