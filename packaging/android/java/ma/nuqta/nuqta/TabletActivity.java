package ma.nuqta.nuqta;

import android.content.Context;
import android.os.Bundle;
import android.view.WindowManager;
import org.kivy.android.PythonActivity;
import org.libsdl.app.SDLSurface;

/** The window; nothing of it is pictured, in screenshots or in the list of recent apps. */
public class TabletActivity extends PythonActivity {
    /** Python, which runs seconds later, would come after the first picture. */
    @Override
    protected void onCreate(Bundle state) {
        getWindow().addFlags(WindowManager.LayoutParams.FLAG_SECURE);
        super.onCreate(state);
    }

    /** What SDL draws on is a surface beside the window's, and asked before it is attached. */
    @Override
    protected SDLSurface createSDLSurface(Context context) {
        SDLSurface surface = super.createSDLSurface(context);
        surface.setSecure(true);
        return surface;
    }
}
