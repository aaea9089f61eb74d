package bench;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** The first version of Android that has it; below it reflection does not show it. */
@Retention(RetentionPolicy.RUNTIME)
public @interface Since {
    int value();
}
