// Your page has <script type="module" src="https://cdn.example/glance/define.js">; here the page is told the address in its own.
const script = document.createElement('script');
script.type = 'module';
script.src = `${new URLSearchParams(location.search).get('site')}define.js`;
document.head.append(script);
