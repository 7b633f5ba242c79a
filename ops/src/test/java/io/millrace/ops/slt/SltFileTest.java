package io.millrace.ops.slt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each line of a test file is read as. */
final class SltFileTest {
    @TempDir
    private Path directory;

    private List<SltRecord> read(String text) throws IOException {
        Path file = directory.resolve("test.slt");
        Files.writeString(file, text);
        return SltFile.read(file);
    }

    private SltRecord.Query query(String text) throws IOException {
        return (SltRecord.Query) read(text).get(0);
    }

    private SltRecord.Statement statement(String text) throws IOException {
        return (SltRecord.Statement) read(text).get(0);
    }

    @Test
    void aStatementHasItsTextAndItsPlace() throws IOException {
        SltRecord.Statement statement = statement("# comment\n\nstatement count 2\nDELETE\r\nFROM t\n\nhalt\n");
        assertThat(statement.sql()).isEqualTo("DELETE\nFROM t");
        assertThat(statement.place().line()).isEqualTo(3);
        assertThat(statement.sqlLine()).isEqualTo(4);
        assertThat(statement.count()).isEqualTo(OptionalLong.of(2));
        assertThat(statement.error()).isNull();
    }

    @Test
    void aQueryHasTypesOrderLabelAndRows() throws IOException {
        SltRecord.Query query = query("query IT rowsort x1 retry 3 backoff 1s\nSELECT 1\n----\n1 a\n2 b\n\n");
        assertThat(query.types()).isEqualTo("IT");
        assertThat(query.sort()).isEqualTo(SortMode.ROWSORT);
        assertThat(query.label()).isEqualTo("x1");
        assertThat(query.results()).containsExactly("1 a", "2 b");
        assertThat(query("query I\nSELECT 1 WHERE false\n----\n").results()).isEmpty();
        assertThat(query("query I nosort\nSELECT 1\n").results()).isNull();
        assertThat(query("query I only-a-label\nSELECT 1\n").label()).isEqualTo("only-a-label");
        assertThat(query("control sortmode valuesort\nquery I\nSELECT 1\n").sort())
                .isEqualTo(SortMode.VALUESORT);
    }

    @Test
    void anErrorIsAPatternOrAText() throws IOException {
        ExpectedError pattern = statement("statement error dup.* key\nINSERT\n").error();
        assertThat(pattern.fits("ERROR: duplicate key value")).isTrue();
        assertThat(pattern.fits("ERROR: other")).isFalse();
        ExpectedError text = query(
                        "query error\nSELECT\n----\nfirst  line\n\nsecond line\n\n\nstatement ok\nSELECT 1\n")
                .error();
        assertThat(text.fits("ERROR: first line\n\n  second line, and more")).isTrue();
        assertThat(text.fits("ERROR: first line")).isFalse();
        assertThat(read("statement error\nINSERT\n----\ntext\n\n\nstatement ok\nSELECT 1\n"))
                .hasSize(2);
    }

    @Test
    void recordsForOthersAreLeftOut() throws IOException {
        assertThat(read("onlyif sqlite\nstatement ok\nA\n\nskipif millrace\nquery I\nB\n----\n1\n"))
                .isEmpty();
        assertThat(read("skipif sqlite\nonlyif postgresql\nstatement ok\nA\n\nonlyif millrace\nstatement ok\nB\n"))
                .hasSize(2);
    }

    @Test
    void aConnectionIsForOneRecord() throws IOException {
        List<SltRecord> records = read("connection c\nstatement ok\nA\n\nstatement ok\nB\n");
        assertThat(((SltRecord.Statement) records.get(0)).connection()).isEqualTo("c");
        assertThat(((SltRecord.Statement) records.get(1)).connection()).isEqualTo("default");
    }

    @Test
    void includedFilesStandInTheirPlaceAndHaltEndsAll() throws IOException {
        Files.writeString(directory.resolve("a.part"), "statement ok\nA\n");
        Files.writeString(directory.resolve("b.part"), "statement ok\nB\n\nhalt\n");
        List<SltRecord> records = read("include [ab].part\nstatement ok\nC\n");
        assertThat(records)
                .extracting(record -> ((SltRecord.Statement) record).sql())
                .containsExactly("A", "B");
        assertThat(records.get(1).place().file()).endsWith("b.part");
    }

    @Test
    void aMistakeNamesItsLine() {
        assertThatThrownBy(() -> read("statement ok\nA\n\nstatment ok\nB\n"))
                .isInstanceOfSatisfying(UserError.class, error -> {
                    assertThat(error.place().orElseThrow().line()).isEqualTo(4);
                    assertThat(error).hasMessage("unknown record \"statment\"");
                });
        assertThatThrownBy(() -> read("query I sideways\n\nSELECT 1\n")).hasMessage("the statement is missing");
        assertThatThrownBy(() -> read("statement error (\nA\n")).hasMessageStartingWith("not a regular expression");
        assertThatThrownBy(() -> read("statement ok\nA\n----\n1\n")).hasMessage("a statement has no results");
        assertThatThrownBy(() -> read("include nothing*\n")).hasMessage("no file is named nothing*");
    }
}
