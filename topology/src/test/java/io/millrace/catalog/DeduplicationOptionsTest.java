package io.millrace.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DeduplicationOptionsTest {
    private static final String COLUMNS = "CREATE TABLE clicks (click_id uuid, page text, about json)\n";

    private static Table read(String options, List<UserError> errors) {
        return TablesFile.read(COLUMNS + options + ";", "tables.sql", "test", errors)
                .table("clicks")
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            deduplicate_by = 'click_id'                                  | 86400000000    | 1 day
            deduplicate_by = 'click_id', deduplicate_for = '1 day'       | 86400000000    | 1 day
            deduplicate_for = '24:00', deduplicate_by = 'click_id'       | 86400000000    | 1 day
            deduplicate_by = 'click_id', deduplicate_for = '1 mon -1 h'  | 2588400000000  | 719 hours
            deduplicate_by = 'click_id', deduplicate_for = 'P1DT30M'     | 88200000000    | 1470 minutes
            deduplicate_by = 'click_id', deduplicate_for = 90            | 90000000       | 90 seconds
            deduplicate_by = 'click_id', deduplicate_for = '1 ms'        | 1000           | 1 millisecond
            deduplicate_by = 'click_id', deduplicate_for = '1.5 ms'      | 1500           | 1500 microseconds
            """)
    void aTimeIsReadAsPostgresReadsAnInterval(String options, long micros, String text) {
        List<UserError> errors = new ArrayList<>();
        Table table = read("WITH (format = 'json', " + options + ")", errors);
        assertThat(errors).isEmpty();
        assertThat(table.deduplication()).contains(new Deduplication(0, micros));
        assertThat(table.deduplication().orElseThrow().forText()).isEqualTo(text);
        assertThat(table.columns().get(0).nullable()).isFalse();
    }

    /** It comes back when its time is over. */
    @Test
    void anIdIsNoKey() {
        List<UserError> errors = new ArrayList<>();
        Table table = TablesFile.read("""
                        CREATE TABLE clicks (click_id uuid UNIQUE, page text NOT NULL UNIQUE, place integer UNIQUE,
                            UNIQUE (page, click_id), PRIMARY KEY (page, click_id))
                            WITH (format = 'json', deduplicate_by = 'click_id');
                        """, "tables.sql", "test", errors)
                .table("clicks")
                .orElseThrow();
        assertThat(errors).isEmpty();
        assertThat(table.primaryKey()).isEmpty();
        assertThat(table.uniqueKeys()).containsExactly(List.of(1));
        assertThat(table.columns()).extracting(Column::nullable).containsExactly(false, false, true);
    }

    @Test
    void blanksWithinATimeAreReadOnce() {
        String blanks = " ".repeat(300_000);
        long started = System.nanoTime();
        assertThat(IntervalText.parse(blanks + "1" + blanks + "day" + blanks)).isEqualTo(new Interval(0, 1, 0));
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aTopicThatSaysNothingIsNotDeduplicated() {
        List<UserError> errors = new ArrayList<>();
        assertThat(read("WITH (format = 'json')", errors).deduplication()).isEmpty();
        assertThat(read("", errors).deduplication()).isEmpty();
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            WITH (format = 'json', deduplicate_for = '1 day') | 24 | deduplicate_for is written without deduplicate_by | name the column that identifies an event: deduplicate_by = 'event_id'
            WITH (format = 'json', deduplicate_by = 'clik_id') | 41 | column "clik_id" named in deduplicate_by does not exist | did you mean "click_id"? clicks has click_id, page, about
            WITH (format = 'json', deduplicate_by = 'about') | 41 | column "about" is json, which has no equality | name a column that identifies an event: clicks has click_id, page of other types
            WITH (format = 'json', deduplicate_by = 'page', deduplicate_for = '1 dya') | 67 | invalid input syntax for type interval: "1 dya" | write how long an id is known, as '1 day' or '90 minutes'
            WITH (format = 'json', deduplicate_by = 'page', deduplicate_for = '9999999999 days') | 67 | interval field value out of range: "9999999999 days" | write how long an id is known, as '1 day' or '90 minutes'
            WITH (format = 'json', deduplicate_by = 'page', deduplicate_for = '1 hour ago') | 67 | deduplicate_for is '1 hour ago', which is no time to know an id for | write a time greater than 0, as '1 day' or '90 minutes'
            WITH (format = 'json', deduplicate_by = 'page', deduplicate_for = 0) | 67 | deduplicate_for is '0', which is no time to know an id for | write a time greater than 0, as '1 day' or '90 minutes'
            WITH (format = 'json', deduplicate_by = 'page', deduplicate_for = 'infinity') | 67 | deduplicate_for is 'infinity', which is longer than 36500 days | ids are kept for so long: write a time within which an event may come again, as '7 days'
            WITH (deduplicate_by = 'page') | 7 | deduplicate_by is an option of event topics, and table "clicks" is captured | leave it out: a captured change that comes again is known by its position; an event topic has a format, 'json' or 'avro'
            WITH (topic = 'a.b', deduplicate_for = '1 day') | 22 | deduplicate_for is an option of event topics, and table "clicks" is captured | leave it out: a captured change that comes again is known by its position; an event topic has a format, 'json' or 'avro'
            WITH (format = 'json', deduplicate = 'page') | 24 | unknown option "deduplicate" | a table takes topic and format, an event topic deduplicate_by and deduplicate_for too
            """)
    void aMistakeSaysWhereItIsAndWhatToDo(String options, int column, String message, String hint) {
        List<UserError> errors = new ArrayList<>();
        assertThat(read(options, errors).deduplication()).isEmpty();
        assertThat(errors.stream()
                        .map(error -> error.place().orElseThrow() + " " + error.getMessage() + " / "
                                + error.hint().orElse("-")))
                .containsExactly("tables.sql:2:" + column + " " + message + " / " + hint);
    }
}
