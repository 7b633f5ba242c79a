package io.millrace.connectors.replica;

import io.millrace.schemas.EncodedStruct;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/** How the values of a row's field are written. */
final class FieldText {
    private final Field field;
    private final boolean hasDefault;
    private final ValueText text;
    private final Form form;

    /** What COPY takes of a value's bytes as they are. */
    private enum Form {
        TEXT,
        INTEGER,
        BOOLEAN,
        OTHER
    }

    FieldText(Field field) {
        this.field = field;
        this.hasDefault = field.schema().defaultValue() != null;
        this.text = ValueText.of(field.schema());
        this.form = text == ValueText.PLAIN ? form(field.schema().type()) : Form.OTHER;
    }

    private static Form form(Schema.Type type) {
        return switch (type) {
            case STRING -> Form.TEXT;
            case INT8, INT16, INT32, INT64 -> Form.INTEGER;
            case BOOLEAN -> Form.BOOLEAN;
            default -> Form.OTHER;
        };
    }

    Object in(Struct struct) {
        if (struct instanceof EncodedStruct encoded && encoded.isEncoded()) {
            return encoded.read(field);
        }
        // By the field it is quicker, but a NULL would be the column's default.
        return hasDefault ? struct.getWithoutDefault(field.name()) : struct.get(field);
    }

    String of(Struct struct) {
        return write(in(struct));
    }

    String write(Object value) {
        return text.write(value);
    }

    /** Adds the value to COPY's line, without an object of it where it stands in the bytes as COPY has it. */
    void copy(EncodedStruct row, CopyText line) {
        int content = row.content(field);
        if (content < 0) {
            line.addNull();
            return;
        }
        switch (form) {
            case TEXT -> {
                int length = row.numberLength(content);
                line.add(row.bytes(), content + length, (int) row.number(content));
            }
            case INTEGER -> line.add(row.number(content));
            case BOOLEAN -> line.addPlain(row.bytes()[content] == 1 ? "true" : "false");
            case OTHER -> line.add(text.write(row.read(field)));
        }
    }
}
