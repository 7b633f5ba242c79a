package io.millrace.connectors.replica;

import io.millrace.schemas.EncodedStruct;
import java.util.List;
import org.apache.kafka.connect.data.Struct;

/** The texts of a struct's values. Of values that are still bytes they are written when they are asked for: COPY does without. */
final class Texts {
    private final List<FieldText> fields;
    private final Struct struct;
    private String[] texts;

    private Texts(List<FieldText> fields, Struct struct, String[] texts) {
        this.fields = fields;
        this.struct = struct;
        this.texts = texts;
    }

    /** Those of a struct's fields. */
    static Texts of(List<FieldText> fields, Struct struct) {
        Texts texts = new Texts(fields, struct, null);
        if (!(struct instanceof EncodedStruct)) {
            // What cannot be written shows now.
            texts.all();
        }
        return texts;
    }

    /** Those that are written. */
    static Texts written(String[] texts) {
        return new Texts(List.of(), null, texts);
    }

    /** The texts, in the order of the fields. */
    String[] all() {
        if (texts == null) {
            String[] written = new String[fields.size()];
            for (int i = 0; i < written.length; i++) {
                written[i] = fields.get(i).of(struct);
            }
            texts = written;
        }
        return texts;
    }

    /** The struct, if its bytes may be taken as they are; else null. */
    EncodedStruct encoded() {
        return texts == null && struct instanceof EncodedStruct encoded && encoded.isEncoded() ? encoded : null;
    }

    /** How a field is written. */
    FieldText field(int index) {
        return fields.get(index);
    }
}
