package io.millrace.ops.slt;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Rows as PostgreSQL writes them. */
final class CompositeTextTest {
    @Test
    void everyValueIsReadBack() {
        assertThat(CompositeText.values("(1,\"a \"\"b\"\" \\\\c, (d)\",,\"\")"))
                .containsExactly("1", "a \"b\" \\c, (d)", null, "");
        assertThat(CompositeText.values("(,)")).containsExactly(null, null);
        assertThat(CompositeText.values("()")).containsExactly((String) null);
    }
}
