package io.millrace.ops.slt;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** How test files of different origins write values. An answer is right if it is, written in one of these ways. */
enum Rendering {
    /** As PostgreSQL writes them; NULL, and (empty) for an empty text. */
    POSTGRES {
        @Override
        String value(String value, String column, char letter) {
            return value;
        }
    },
    /** Booleans as words, numbers without zeros at their end. */
    PLAIN {
        @Override
        String value(String value, String column, char letter) {
            if (column.equals("bool")) {
                return value.equals("t") ? "true" : "false";
            }
            return isNumber(column, value) ? plain(new BigDecimal(value)) : value;
        }
    },
    /** As SQLite's own files: the letter of the column decides, a real number has three digits. */
    SQLITE {
        @Override
        String value(String value, String column, char letter) {
            if (isNumber(column, value) && letter == 'R') {
                return String.format(Locale.ROOT, "%.3f", new BigDecimal(value));
            } else if (isNumber(column, value) && letter == 'I') {
                return new BigDecimal(value).toBigInteger().toString();
            } else if (column.equals("bool") && letter == 'I') {
                return value.equals("t") ? "1" : "0";
            }
            return value;
        }
    };

    private static final Set<String> NUMBERS = Set.of("int2", "int4", "int8", "numeric", "float4", "float8");

    /** The text of a value that is neither NULL nor empty. */
    abstract String value(String value, String column, char letter);

    private static boolean isNumber(String column, String value) {
        return NUMBERS.contains(column) && !value.matches("-?[A-Za-z]+");
    }

    private static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    /** All values of an answer, row by row. */
    List<List<String>> rows(Answer answer, String types) {
        List<List<String>> rows = new ArrayList<>();
        for (List<String> row : answer.rows()) {
            List<String> values = new ArrayList<>();
            for (int i = 0; i < row.size(); i++) {
                char letter = i < types.length() ? types.charAt(i) : '?';
                values.add(text(row.get(i), answer.columns().get(i), letter));
            }
            rows.add(values);
        }
        return rows;
    }

    private String text(String value, String column, char letter) {
        if (value == null) {
            return "NULL";
        }
        return value.isEmpty() ? "(empty)" : value(value, column, letter);
    }
}
